/** What is looked at, as paths below a queue: those with `filter` are of the Apify API. */
import { hostNameOf, rareHost } from '../fixtures/insight.ts'

const sorts = [
  'host',
  'host&desc=true',
  'pending&desc=true',
  'locked&desc=true',
  'nextDueAt',
  'nextDueAt&desc=true',
]
const states = ['available', 'locked', 'scheduled', 'held', 'handled', 'failed']
const someHost = hostNameOf(77)

/** Of every queue. */
const always: readonly string[] = [
  'explain',
  ...sorts.map((sort) => `hosts?sort=${sort}`),
  ...['available', 'held', 'available,held'].map((state) => `requests?state=${state}`),
]

/** What rules for hosts do not change. */
const once: readonly string[] = [
  'clients',
  'failures',
  'requests',
  'requests?limit=1000',
  ...states
    .filter((state) => state !== 'available' && state !== 'held')
    .map((state) => `requests?state=${state}`),
  'requests?state=locked&limit=1000',
  'requests?state=locked,scheduled',
  'requests?filter=locked',
  'requests?filter=locked&limit=100',
  'requests?filter=pending',
  'requests?state=available,locked,scheduled,held',
  'requests?state=available&limit=1000',
  'requests?url=item-7',
  'requests?url=none-such',
  'requests?url=rare-page',
  'requests?state=available&url=none-such',
  'requests?state=held&url=rare-page',
  'requests?state=scheduled&url=none-such',
  'requests?state=locked&url=none-such',
  'requests?state=handled&url=rare-page',
  `requests?host=${someHost}`,
  `requests?state=available,held&host=${someHost}`,
  `requests?host=${rareHost}`,
  'requests?host=none.example.com',
  'requests?label=RARE',
  'requests?label=NONE',
  'requests?state=available&label=RARE',
  'requests?error=RareError',
  'requests?state=failed&error=RareError',
  'requests?state=failed&error=none-such',
  'requests?client=client-7',
  'requests?client=none-such',
  'requests?retryCountMin=1',
  'requests?state=failed&retryCountMin=9',
]

export const looks = { always, all: [...always, ...once] } as const
