import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { Random } from '../support/random.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from '../support/server-process.ts'
import { Crawler } from './crawler.ts'
import { type Entry, Ledger } from './ledger.ts'

const rounds = 4
const crawlerCount = 12
const queue = '/v2/request-queues/~crash'
/** Each start chooses one of them; more than one thread there is on Linux alone. */
const threadCounts = process.platform === 'linux' ? ['1', '3'] : ['1']

interface Listed {
  items: {
    id: string
    uniqueKey: string
    handledAt?: string
    lockExpiresAt?: string
    lockByClient?: string
  }[]
  nextCursor?: string
}

interface Counts {
  totalRequestCount: number
  handledRequestCount: number
  pendingRequestCount: number
}

async function dataOf<Data>(
  server: ServerProcess,
  token: string,
  path: string,
  method = 'GET',
): Promise<Data> {
  const answer = await server.call(path, { token, method })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
  return ((await answer.json()) as { data: Data }).data
}

async function everything(server: ServerProcess, token: string): Promise<Entry[]> {
  const entries: Entry[] = []
  let cursor: string | undefined
  do {
    const place = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await dataOf<Listed>(server, token, `${queue}/requests?limit=10000${place}`)
    for (const { id, uniqueKey, handledAt = null, lockExpiresAt, lockByClient } of page.items) {
      const lock =
        lockExpiresAt === undefined ? null : { clientKey: lockByClient ?? '', expiresAt: lockExpiresAt }
      entries.push({ id, uniqueKey, handledAt, lock })
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return entries
}

/** The promises of the rules 11.1, 7.1 and 11.3, with the process killed in the middle of its writes. */
test('kill -9 in the middle of writes loses nothing that was acknowledged', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/crash --seed ${random.seed}`)
  const directory = await temporaryDirectory(t)
  const ledger = new Ledger()
  const start = () => startServerProcess(t, directory, { flags: ['--threads', random.pick(threadCounts)] })
  let server = await start()
  const token = server.firstToken!
  await dataOf(server, token, '/v2/request-queues?name=crash', 'POST')

  for (let round = 1; round <= rounds; round++) {
    const callsUntilKill = random.between(50, 800)
    let acknowledgedCalls = 0
    const acknowledged = () => {
      acknowledgedCalls++
      // All the other crawlers have a call under way at this moment.
      if (acknowledgedCalls === callsUntilKill) server.signal('SIGKILL')
    }
    const crawlers = Array.from(
      { length: crawlerCount },
      (_, index) => new Crawler(`round-${round}-crawler-${index}`, queue, random, ledger),
    )
    await Promise.all(crawlers.map((crawler) => crawler.workUntilCrash(server, token, acknowledged)))
    assert.equal((await server.ended).signal, 'SIGKILL')

    server = await start()
    const found = await everything(server, token)
    ledger.settle(found)

    const handled = found.filter((entry) => entry.handledAt !== null).length
    const locked = found.filter((entry) => entry.lock !== null).length
    const counts = await dataOf<Counts>(server, token, queue)
    assert.equal(counts.totalRequestCount, found.length)
    assert.equal(counts.handledRequestCount, handled)
    assert.equal(counts.pendingRequestCount, found.length - handled)
    const filtered = await dataOf<Listed>(server, token, `${queue}/requests?limit=10000&filter=locked`)
    assert.equal(filtered.items.length, locked)
    t.diagnostic(
      `round ${round}: killed after ${callsUntilKill} calls; ${found.length} requests, ${locked} locked`,
    )
  }

  assert.equal((await server.stop()).code, 0)
  const store = await openSqliteStore({ directory })
  assert.deepEqual(await store.check(), [])
  await store.close()
})
