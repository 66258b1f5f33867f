/**
 * Measures how long looks at a large queue take, and how long others wait meanwhile:
 * `node bench/insight.ts sqlite|postgres [REQUESTS] [HOSTS]` (1,000,000 and 100,000 by default). Half of the requests are
 * handled. The others are of that many hosts, for which the queue has rules. Each look is made ten times: its first page, and
 * the page after it. Meanwhile a bystander adds and locks requests. The output has its longest wait, and the longest one in as
 * much time in which nobody looks.
 */
import type { QueueToFill } from './fixtures/insight.ts'
import type { BystanderMessage, Waits } from './insight/bystander.ts'
import { call, dataOf, type Server } from './insight/calls.ts'
import { looks } from './insight/looks.ts'
import { openPlace, type Place } from './insight/places.ts'
import { Child } from './processes/child.ts'
import { close, closeWhenInterrupted, noted } from './processes/interrupt.ts'
import { markdownTable } from './report/table.ts'

const rounds = 10
/** Of the queue of the bystander. */
const lockableCount = 100
const daySecs = 86_400
/** A page may take so long (the bar of issue 18). */
const barMs = 100

const [kind, requestText = '1000000', hostText = '100000'] = process.argv.slice(2)
const requestCount = Number(requestText)
const hostCount = Number(hostText)
const isUsable = requestCount >= 10_000 && hostCount >= 1
if ((kind !== 'sqlite' && kind !== 'postgres') || !isUsable) {
  console.error('Usage: node bench/insight.ts sqlite|postgres [REQUESTS, 10000 at least] [HOSTS]')
  process.exit(2)
}

interface Queues {
  readonly withRules: string
  readonly plain: string
  readonly ofBystander: string
}

closeWhenInterrupted()
const place = noted(await openPlace(kind))
try {
  await measure(place)
} finally {
  await close(place)
}

async function measure(place: Place): Promise<void> {
  const queues = await prepare(place)
  const bystander = new Child('insight/bystander.ts')
  try {
    for (const isAnalyzed of place.analyze === null ? [null] : [false, true]) {
      if (isAnalyzed === true) await place.analyze!()
      const note = isAnalyzed === null ? '' : isAnalyzed ? ', after ANALYZE' : ', filled without ANALYZE'
      const server = await place.start()
      await setRule(server, queues.withRules, { delaySecs: daySecs })
      await table(
        `99 of 100 hosts wait for a day${note}`,
        looks.all,
        server,
        queues.withRules,
        queues,
        bystander,
      )
      await setRule(server, queues.withRules, { concurrency: 10 })
      await table(
        `every host takes hand-outs${note}`,
        looks.always,
        server,
        queues.withRules,
        queues,
        bystander,
      )
      await table(
        `no policy, a tenth of the requests${note}`,
        looks.always,
        server,
        queues.plain,
        queues,
        bystander,
      )
    }
  } finally {
    await bystander.stop()
  }
}

async function prepare(place: Place): Promise<Queues> {
  const server = await place.start()
  const newQueue = async () => (await dataOf<{ id: string }>(server, 'POST', '/v2/request-queues')).id
  const queues: Queues = {
    withRules: await newQueue(),
    plain: await newQueue(),
    ofBystander: await newQueue(),
  }
  await setRule(server, queues.withRules, { delaySecs: daySecs })
  for (let number = 0; number < lockableCount; number++) {
    const url = `https://example.com/${number}`
    await call(server, 'POST', `/v2/request-queues/${queues.ofBystander}/requests`, { url, uniqueKey: url })
  }
  await place.stop()
  const begun = performance.now()
  const toFill: QueueToFill[] = [
    { queueId: queues.withRules, requestCount, hostCount, hasGroups: true },
    { queueId: queues.plain, requestCount: Math.ceil(requestCount / 10), hostCount, hasGroups: false },
  ]
  await place.fill(toFill)
  const seconds = Math.round((performance.now() - begun) / 1000)
  console.error(`${requestCount.toLocaleString('en')} requests filled in within ${seconds} s`)
  return queues
}

/** Resolves when the rule is in force and every host was looked at. */
async function setRule(server: Server, queueId: string, rule: object): Promise<void> {
  const path = `/headlock/v1/queues/${queueId}/policy`
  const policy = { rules: [{ hosts: ['*'], ...rule }] }
  let view = await dataOf<{ state: string }>(server, 'PUT', path, policy)
  while (view.state !== 'active') {
    await new Promise((done) => setTimeout(done, 100))
    view = await dataOf<{ state: string }>(server, 'GET', path)
  }
  await call(server, 'GET', `/headlock/v1/queues/${queueId}/explain`)
}

async function table(
  title: string,
  paths: readonly string[],
  server: Server,
  queueId: string,
  queues: Queues,
  bystander: Child,
): Promise<void> {
  const heads = [
    'look',
    'items',
    'first page',
    'median',
    'longest',
    'next page',
    'median',
    'longest',
    'add',
    'lock',
    'idle',
  ]
  const rows: string[][] = []
  for (const path of paths) {
    const begin: BystanderMessage = { begin: { server, addTo: queueId, lockOf: queues.ofBystander } }
    const end: BystanderMessage = { end: true }
    bystander.process.send(begin)
    const look = await lookOften(server, `${rootOf(path)}/${queueId}/${path}`)
    const busy = await bystander.ask<Waits>(end)
    bystander.process.send(begin)
    await new Promise((done) => setTimeout(done, look.tookMs))
    const idle = await bystander.ask<Waits>(end)
    rows.push([
      path.replaceAll('&', ' '),
      look.items,
      ...timesOf(look.first),
      ...timesOf(look.next),
      busy.addMs.toFixed(0),
      busy.lockMs.toFixed(0),
      Math.max(idle.addMs, idle.lockMs).toFixed(0),
    ])
  }
  console.log(`\n${title}; times in milliseconds\n\n${markdownTable(heads, rows)}`)
}

function rootOf(path: string): string {
  return path.includes('?filter=') ? '/v2/request-queues' : '/headlock/v1/queues'
}

interface Looked {
  /** How many items the pages had. */
  readonly items: string
  readonly first: readonly number[]
  readonly next: readonly number[]
  readonly tookMs: number
}

async function lookOften(server: Server, path: string): Promise<Looked> {
  const begun = performance.now()
  const first: number[] = []
  const next: number[] = []
  const items: string[] = []
  for (let round = 0; round < rounds; round++) {
    const page = await timedPage(server, path)
    first.push(page.ms)
    if (round === 0) items.push(String(page.items))
    if (page.cursor === undefined) continue
    const after = await timedPage(server, `${path}${path.includes('?') ? '&' : '?'}cursor=${page.cursor}`)
    next.push(after.ms)
    if (round === 0) items.push(String(after.items))
  }
  return { items: items.join(', '), first, next, tookMs: performance.now() - begun }
}

interface Page {
  readonly items?: readonly unknown[]
  readonly nextCursor?: string
  readonly next?: readonly unknown[]
}

async function timedPage(server: Server, path: string) {
  const begun = performance.now()
  const text = await call(server, 'GET', path)
  const ms = performance.now() - begun
  const { items, next, nextCursor } = (JSON.parse(text) as { data: Page }).data
  const cursor = nextCursor === undefined ? undefined : encodeURIComponent(nextCursor)
  return { ms, items: (items ?? next)!.length, cursor }
}

/** The least, the median and the longest. */
function timesOf(times: readonly number[]): string[] {
  if (times.length === 0) return ['', '', '']
  const sorted = times.toSorted((a, b) => a - b)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map(
    (ms) => `${ms.toFixed(0)}${ms > barMs ? ' !' : ''}`,
  )
}
