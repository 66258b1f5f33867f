/** What a database that lives can do to a server: locks, ended connections, a dry pool, a standby, no answer at all. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { refuses, type TestQueue } from '../../harness/conversation.ts'
import { RequestTracker } from '../../harness/faults/request-tracker.ts'
import { openStore, openStoreBehindProxy } from '../../harness/faults/stores.ts'
import { newQueue, startWorkers } from '../../harness/faults/workers.ts'
import { PostgresServer } from '../../harness/postgres-server.ts'
import { startTestServer } from '../../harness/server.ts'
import { testPostgresSettings, testPostgresUrl } from '../../harness/test-postgres.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

/** A connection of another program. */
async function connect(t: TestContext, url: string, schema = 'public'): Promise<Client> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` })
  await client.connect()
  t.after(() => client.end())
  return client
}

/** Asks again and again until it is so. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAt, `waited in vain until ${what}`)
    await new Promise((done) => setTimeout(done, 10))
  }
}

function idOf({ queue }: TestQueue): string {
  return (queue as { queueId: string }).queueId
}

describe('faults of the database', () => {
  test('calls on a queue whose row is locked wait, calls on others do not', async (t) => {
    const schema = 'faults_row_lock'
    // Opened first, so that it is closed first: what it holds would hold everything that cleans up.
    const other = await connect(t, await testPostgresUrl(), schema)
    const store = await openStore(t, schema, { connectionsMax: 4 })
    const held = await newQueue(store, 'held')
    const free = await newQueue(store, 'free')
    await other.query('BEGIN')
    await other.query('SELECT FROM queues WHERE queue_id = $1 FOR UPDATE', [idOf(held)])

    let answered = 0
    const calls = Array.from({ length: 50 }, async (_, index) => {
      await held.client('a').add(`page-${index}`)
      answered++
    })
    // A read leaves something to be written to the row, which is tried every second; each try must not keep one
    // connection more.
    const readsUntil = performance.now() + 3_500
    let longestMs = 0
    while (performance.now() < readsUntil) {
      await held.view()
      const calledAt = performance.now()
      await free.client('b').add('page')
      longestMs = Math.max(longestMs, performance.now() - calledAt)
    }
    assert.ok(longestMs < 2_000, `the other queue waited ${Math.round(longestMs)} ms`)
    assert.equal(answered, 0)
    await other.query('COMMIT')
    await Promise.all(calls)
    assert.deepEqual(await held.counts(), { total: 50, handled: 0, pending: 50 })
    assert.deepEqual(await store.check(), [])
  })

  test('two servers that swap the names of queues end with each name once', async (t) => {
    const schema = 'faults_deadlock'
    const stores = [
      await openStore(t, schema),
      await openPostgresStore({ url: await testPostgresUrl(), schema }),
    ]
    t.after(() => stores[1]!.close())
    const queues = [await newQueue(stores[0]!, 'left'), await newQueue(stores[1]!, 'right')]
    const { userId } = queues[0]!
    for (let round = 0; round < 40; round++) {
      // First both want one new name, then each the name that the other has.
      const wanted = round % 2 === 0 ? [`name-${round}`, `name-${round}`] : await namesOf(queues)
      const results = await Promise.allSettled(
        queues.map(({ queue }, index) =>
          stores[index]!.updateQueue({ userId, queue, name: wanted[1 - index]! }),
        ),
      )
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        assert.ok(result.reason instanceof HeadlockError, String(result.reason))
        assert.equal(result.reason.errorName, 'queueNameNotUnique')
      }
      const names = await namesOf(queues)
      assert.equal(new Set(names).size, 2, `after round ${round}`)
      if (round % 2 === 0) assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    }
    assert.deepEqual(await stores[0]!.check(), [])
  })

  test('connections that the administrator ends again and again', async (t) => {
    const schema = 'faults_terminate'
    const named = new URL(await testPostgresUrl())
    named.searchParams.set('application_name', schema)
    const store = await openStore(t, schema, { url: named.href, connectionsMax: 4 })
    const queue = await newQueue(store, 'terminate')
    const tracker = new RequestTracker()
    const workers = startWorkers(16, (name) => queue.client(name), tracker)
    const other = await connect(t, await testPostgresUrl())
    let ended = 0
    for (let round = 0; round < 25; round++) {
      await Promise.race([tracker.acknowledged(10), workers.failed])
      const { rowCount } = await other.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [schema],
      )
      ended += rowCount ?? 0
    }
    await workers.stop()
    t.diagnostic(`${ended} connections ended, ${tracker.refusedCount} calls refused`)
    assert.ok(ended > 0)
    await tracker.compare(queue)
  })

  for (const connectionsMax of [1, 2]) {
    test(`many queues at once share ${connectionsMax} connections`, async (t) => {
      const store = await openStore(t, `faults_dry_pool_${connectionsMax}`, { connectionsMax })
      const queues = await Promise.all(
        Array.from({ length: 40 }, (_, index) => newQueue(store, `queue-${index}`)),
      )
      await Promise.all(
        queues.map(async (queue) => {
          const client = queue.client('a')
          for (let round = 0; round < 5; round++) {
            await Promise.all([client.add(`page-${round}`), client.listHead(), queue.view(), store.ping()])
            const [key] = await client.lock(60, 1)
            await client.finish(key!)
            assert.equal((await queue.get(key!)).uniqueKey, key)
          }
          assert.deepEqual(await queue.counts(), { total: 5, handled: 5, pending: 0 })
        }),
      )
      assert.deepEqual(await store.check(), [])
    })
  }

  test('a database that is read-only for a while', async (t) => {
    const server = await PostgresServer.start(testPostgresSettings)
    const store = await openPostgresStore({ url: server.url })
    t.after(async () => {
      await store.close()
      await server.discard()
    })
    const admin = new Client({ connectionString: server.url })
    await admin.connect()
    const setReadOnly = async (value: 'on' | 'off') => {
      await admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
      await admin.query('SELECT pg_reload_conf()')
    }
    const queue = await newQueue(store, 'standby')
    await queue.client('a').add('before')

    await setReadOnly('on')
    await until('it is read-only', async () => {
      const { rows } = await admin.query("SELECT current_setting('transaction_read_only') AS setting")
      return rows[0].setting === 'on'
    })
    // Open connections notice it late; new ones know it from the beginning.
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headlock'",
    )
    // Reads go on; a write waits, and succeeds once the database takes writes again.
    assert.equal((await queue.get('before')).uniqueKey, 'before')
    const waiting = queue.client('a').add('meanwhile')
    const isWaiting = await Promise.race([waiting.then(() => false), store.ping().then(() => true)])
    assert.ok(isWaiting, 'a database that takes no writes took one')
    await admin.query('SET default_transaction_read_only = off')
    await setReadOnly('off')
    await waiting
    await admin.end()
    assert.deepEqual(await queue.counts(), { total: 2, handled: 0, pending: 2 })
    assert.deepEqual(await store.check(), [])
  })

  test('more calls than may wait are refused at once', async (t) => {
    const { store, proxy } = await openStoreBehindProxy(t, 'faults_too_many', 10)
    const queue = await newQueue(store, 'many')
    const client = queue.client('a')
    await client.add('before')

    proxy.freeze()
    const settled = { done: 0, refused: 0 }
    const waiting = Array.from({ length: 10_000 }, () =>
      client.listHead(1).then(
        () => settled.done++,
        () => settled.refused++,
      ),
    )
    // The calls reach their batcher only in the next turn of the event loop.
    await new Promise((done) => setImmediate(done))
    assert.deepEqual(settled, { done: 0, refused: 0 })
    const askedAt = performance.now()
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => refuses(client.add(`page-${index}`), 'storeUnavailable')),
    )
    const refusedMs = performance.now() - askedAt
    assert.deepEqual(settled, { done: 0, refused: 0 }, 'the others wait still')
    assert.ok(refusedMs < 1_000, `100 calls were refused only after ${Math.round(refusedMs)} ms`)
    proxy.thaw()
    await Promise.all(waiting)
    assert.deepEqual(settled, { done: 10_000, refused: 0 })

    // The same for reads, which wait for a connection.
    proxy.freeze()
    const reads = Array.from({ length: 10_000 }, () => store.ping())
    const readsAskedAt = performance.now()
    await refuses(store.ping(), 'storeUnavailable')
    assert.ok(performance.now() - readsAskedAt < 1_000)
    proxy.thaw()
    for (const result of await Promise.allSettled(reads)) {
      // On a slow machine, calls at the end of such a queue may wait too long.
      if (result.status === 'rejected') assert.equal(result.reason.errorName, 'storeUnavailable')
    }
    await client.add('after')
    assert.deepEqual(await store.check(), [])
  })

  test('over HTTP an unavailable database is a 503 with Retry-After', async (t) => {
    const server = await startTestServer({
      around: (store) => ({
        ...store,
        addRequests: async () => {
          throw new HeadlockError('storeUnavailable', { problem: 'the database is away' })
        },
      }),
    })
    t.after(() => server.close())
    const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' }
    const made = await fetch(`${server.url}/v2/request-queues`, { method: 'POST', headers })
    const { data } = (await made.json()) as { data: { id: string } }
    assert.equal(made.headers.get('retry-after'), null)
    const answer = await fetch(`${server.url}/v2/request-queues/${data.id}/requests`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ url: 'https://example.com/', uniqueKey: 'page' }),
    })
    assert.equal(answer.status, 503)
    assert.equal(answer.headers.get('retry-after'), '1')
    const { error } = (await answer.json()) as { error: { type: string; message: string } }
    assert.equal(error.type, 'internal-server-error')
    assert.match(error.message, /the database is away/)
  })
})

async function namesOf(queues: readonly TestQueue[]): Promise<string[]> {
  return Promise.all(queues.map(async (queue) => (await queue.view()).name!))
}
