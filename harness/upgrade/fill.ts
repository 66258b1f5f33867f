/** The contents of an upgrade fixture, and the answers that an upgrade must not change. */
import assert from 'node:assert/strict'

/** Answers to reads, by path. The next version must give the same answers. */
export type Answers = Readonly<Record<string, unknown>>

export interface Released {
  readonly token: string
  readonly runToken: string
  readonly readOnlyToken: string
  /** An unnamed queue with requests in every state. */
  readonly queueId: string
  /** The keys in the order in which they must be handed out, once the short lock has expired. */
  readonly keysInOrder: readonly string[]
  readonly answers: Answers
}

interface Identified {
  readonly id: string
}

/** The parts of a list or a head that are used here. */
export interface Items {
  readonly items: readonly { readonly id: string; readonly uniqueKey: string; readonly url: string }[]
}

type MakeToken = (...flags: string[]) => Promise<string>

/** The list of queues. Reading it is not an access to any of them, so it can be compared whole (7.2). */
export const queuesPath = '/request-queues?unnamed=true'

/** Fills a new server, and reads what it contains at the end. */
export async function fillReleased(url: string, token: string, makeToken: MakeToken): Promise<Released> {
  const runToken = await makeToken('--run', 'run-1', '--label', 'of a run')
  const readOnlyToken = await makeToken('--read-only')
  const call = (method: string, path: string, body?: unknown, by = token) => ask(url, by, method, path, body)
  const newQueue = async (query = '') => ((await call('POST', `/request-queues${query}`)) as Identified).id

  const named = await newQueue('?name=Shop-Pages')
  // Unusual: longer than a later version may accept, and not only ASCII.
  const title = `Läden 🛒 ${'x'.repeat(300)}`
  await call('PUT', `/request-queues/${named}`, { title, generalAccess: 'ANYONE_WITH_ID_CAN_READ' })
  await call('POST', `/request-queues/${named}/requests`, { url: 'https://example.com/n', uniqueKey: 'n' })
  const gone = await newQueue('?name=deleted')
  await call('POST', `/request-queues/${gone}/requests`, { url: 'https://example.com/g', uniqueKey: 'g' })
  await call('DELETE', `/request-queues/${gone}`)

  const queueId = await newQueue()
  const queue = `/request-queues/${queueId}`
  const add = (keys: string[], query = '', more: object = {}) =>
    call(
      'POST',
      `${queue}/requests/batch${query}`,
      keys.map((key) => ({ url: `https://example.com/${key}`, uniqueKey: key, ...more })),
    )
  await add(['long-1', 'long-2', 'short-1', 'short-2', 'of-run', 'handled'])
  const lock = (count: number, secs: number, client: string, by = token) =>
    call('POST', `${queue}/head/lock?limit=${count}&lockSecs=${secs}&clientKey=${client}`, undefined, by)
  const tenYearsSecs = 315_360_000
  await lock(2, tenYearsSecs, 'client-one')
  await lock(2, 1, 'client-two')
  await lock(1, tenYearsSecs, 'client-three', runToken)
  const [last] = ((await call('GET', `${queue}/head?limit=1`)) as Items).items
  assert.ok(last?.uniqueKey === 'handled', 'the locked ones are no longer in the head')
  await call('PUT', `${queue}/requests/${last.id}`, {
    url: last.url,
    uniqueKey: last.uniqueKey,
    retryCount: 3,
    handledAt: '2026-01-02T03:04:05.678Z',
  })
  await add(['a', 'b', 'c'], '', { method: 'POST', payload: 'text', headers: { Accept: '*/*' } })
  await add(['front-2', 'front-1'], '?forefront=true', { noRetry: true, errorMessages: ['one', 'two'] })
  await add(['lone'], '', { userData: { text: '\ud800 and \udfff', empty: {}, ключ: null } })
  await add(['deep'], '', { userData: { list: nested(60) } })
  await add(['removed'])
  const { items: all } = (await call('GET', `${queue}/requests`)) as Items
  const removed = all.find(({ uniqueKey }) => uniqueKey === 'removed')!
  await call('DELETE', `${queue}/requests/${removed.id}`)

  const paths = [
    '/users/me',
    `/request-queues/${named}/requests`,
    `${queue}/requests`,
    `${queue}/requests?filter=locked`,
    ...all.filter(({ id }) => id !== removed.id).map(({ id }) => `${queue}/requests/${id}`),
    // Read last. The first reader of the list sees what all earlier calls have counted.
    queuesPath,
  ]
  const answers: Record<string, unknown> = {}
  for (const path of paths) answers[path] = await call('GET', path)
  const keysInOrder = ['front-1', 'front-2', 'a', 'b', 'c', 'lone', 'deep', 'short-1', 'short-2']
  return { token, runToken, readOnlyToken, queueId, keysInOrder, answers }
}

/** Makes the call and returns the `data` of the answer. */
export async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${url}/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text).data
}

function nested(depth: number): unknown {
  return depth === 0 ? 'bottom' : [nested(depth - 1)]
}
