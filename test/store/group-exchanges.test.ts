/** Head/locks of a queue with groups read all that they need in a few exchanges with PostgreSQL, however many groups they meet. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import { TcpProxy } from '../../harness/proxy.ts'
import { temporaryDatabaseParts } from '../../harness/server-process.ts'
import { TestClock } from '../../harness/test-clock.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

const hostCount = 600
const callCount = 50
const limit = 10
/**
 * A few transactions, each with three exchanges, and some with two more that read what the calls have come to need. A new
 * connection takes some pieces too, and long statements come in several.
 */
const piecesMax = 30

const cases = [
  { name: 'of each host one more', rule: { concurrency: 1 }, perHost: 2 },
  { name: 'of each host all', rule: { concurrency: 2 }, perHost: 1 },
  { name: 'of each host both, one after the other', rule: { concurrency: 2 }, perHost: 2, isInRows: true },
  { name: 'of few hosts many', rule: { concurrency: 200 }, perHost: 100, isInRows: true },
  {
    name: 'of hosts whose delay has passed',
    rule: { delaySecs: 1, concurrency: 3 },
    perHost: 3,
    before: 1000,
  },
  {
    name: 'of hosts whose delay has passed, two at once',
    rule: { concurrency: 2 },
    perHost: 3,
    before: 60_000,
  },
]

for (const { name, rule, perHost, isInRows, before } of cases) {
  test(`many head/locks at once, ${name}`, async (t) => {
    const { queue, clock, proxy } = await open(t)
    await fill(queue, perHost, isInRows === true)
    await put(queue, { rules: [{ hosts: ['*'], ...rule }] })
    const clients = Array.from({ length: callCount }, (_, index) => queue.client(`client-${index}`))
    if (before !== undefined) {
      await Promise.all(clients.map((client) => client.lockHead(60, limit)))
      clock.advance(before)
    }
    // The first call alone makes the connection know the statements.
    const first = await clients[0]!.lockHead(60, limit)
    const piecesBefore = proxy.pieceCount
    const heads = await Promise.all(clients.slice(1).map((client) => client.lockHead(60, limit)))
    const pieces = proxy.pieceCount - piecesBefore
    const taken = [first, ...heads].flatMap(({ items }) => items.map(({ id }) => id))
    assert.equal(new Set(taken).size, callCount * limit)
    assert.ok(pieces <= piecesMax, `${pieces} pieces`)
    assert.deepEqual(await queue.store.check(), [])
  })
}

async function open(t: TestContext) {
  const { url, schema } = await temporaryDatabaseParts(t)
  const { proxy, url: through } = await TcpProxy.before(url)
  const clock = new TestClock()
  const store = await openPostgresStore({ url: through, schema, clock })
  t.after(async () => {
    await store.close()
    await proxy.close()
  })
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return { queue: new TestQueue(store, userId, { queueId: queue.id }), clock, proxy }
}

async function put({ store, userId, queue }: TestQueue, document: object): Promise<void> {
  await store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
  while ((await store.getPolicy({ userId, queue })).state !== 'active');
}

/** @param isInRows whether all requests of a host come one after the other; otherwise the hosts take turns */
async function fill({ store, userId, queue }: TestQueue, perHost: number, isInRows: boolean): Promise<void> {
  const client = { clientKey: 'filler', runId: null }
  const count = perHost * Math.max(hostCount / (perHost > 10 ? 60 : 1), 1)
  const requests = Array.from({ length: count }, (_, n) => {
    const host = isInRows ? Math.floor(n / perHost) : n % hostCount
    return content(`page-${n}`, { url: `https://host-${host}.test/${n}` })
  })
  await store.addRequests({ userId, queue, client, requests, side: 'end' })
}
