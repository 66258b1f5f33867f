/**
 * The database does not answer or is not reachable: no call waits forever, and everything works again when it
 * is back.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refuses } from '../../harness/conversation.ts'
import { openStoreBehindProxy } from '../../harness/faults/stores.ts'
import { newQueue } from '../../harness/faults/workers.ts'
import { dropSchema } from '../../harness/postgres-schemas.ts'
import { TcpProxy } from '../../harness/proxy.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

/** How long a call waits for the database, with some tolerance for a slow machine. */
const timeoutMs = 8_000
const slackMs = 2_500
/** How long the answer of a statement may take that the database has already (database.ts). */
const answerTimeoutMs = 10_000

describe('a database without an answer', { concurrency: true }, () => {
  test('a database that does not answer: calls end in time, and go on when it does', async (t) => {
    const { store, proxy } = await openStoreBehindProxy(t, 'faults_frozen', 3)
    const queue = await newQueue(store, 'frozen')
    const client = queue.client('a')
    await client.add('before')

    proxy.freeze()
    const frozenAt = performance.now()
    // The first call is on its way to the database; the calls after it wait here.
    const underWay = client.add('under-way')
    await new Promise((done) => setImmediate(() => setImmediate(done)))
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => refuses(client.add(`waiting-${index}`), 'storeUnavailable')),
    )
    const waitedMs = Math.round(performance.now() - frozenAt)
    t.diagnostic(`calls that waited were refused after ${waitedMs} ms`)
    assert.ok(waitedMs <= timeoutMs + slackMs, `refused only after ${waitedMs} ms`)

    proxy.thaw()
    const thawedAt = performance.now()
    await underWay
    await client.add('after')
    t.diagnostic(`answered ${Math.round(performance.now() - thawedAt)} ms after it was back`)
    const found = await queue.client('look').walk(1000)
    const uniqueKeys = found.map(({ uniqueKey }) => uniqueKey).sort()
    assert.deepEqual(uniqueKeys, ['after', 'before', 'under-way'])
    assert.deepEqual(await store.check(), [])
  })

  test('a database that is away: calls are refused at their time limit, and not before', async (t) => {
    const { store, proxy } = await openStoreBehindProxy(t, 'faults_away', 3)
    const queue = await newQueue(store, 'away')
    await queue.client('a').add('before')
    await proxy.close()

    const awayAt = performance.now()
    await Promise.all([
      refuses(queue.client('a').add('page'), 'storeUnavailable'),
      refuses(queue.get('before'), 'storeUnavailable'),
      refuses(queue.view(), 'storeUnavailable'),
      refuses(store.ping(), 'storeUnavailable'),
      refuses(store.findCaller({ tokenHash: 'none' }), 'storeUnavailable'),
      refuses(store.getOrCreateQueue({ userId: queue.userId, name: 'another' }), 'storeUnavailable'),
    ])
    const waitedMs = Math.round(performance.now() - awayAt)
    t.diagnostic(`calls were refused after ${waitedMs} ms`)
    assert.ok(waitedMs >= timeoutMs - slackMs && waitedMs <= timeoutMs + slackMs, `after ${waitedMs} ms`)
    // A server that is asked to stop does not wait for a database that is away.
    const closingAt = performance.now()
    await store.close()
    assert.ok(performance.now() - closingAt < slackMs)
  })

  test('calls that were under way when the database froze end in time', async (t) => {
    const { store, proxy } = await openStoreBehindProxy(t, 'faults_frozen_long', 3)
    const queue = await newQueue(store, 'frozen')
    const client = queue.client('a')
    await client.add('before')
    proxy.freeze()
    const frozenAt = performance.now()
    await refuses(client.add('page'), 'storeUnavailable')
    const waitedMs = Math.round(performance.now() - frozenAt)
    t.diagnostic(`refused after ${waitedMs} ms`)
    assert.ok(waitedMs <= answerTimeoutMs + slackMs, `after ${waitedMs} ms`)
    // The frozen connections are given up, and later calls use others.
    proxy.thaw()
    await client.add('page')
    assert.deepEqual(await queue.counts(), { total: 2, handled: 0, pending: 2 })
    assert.deepEqual(await store.check(), [])
  })

  test('a server that starts while the database does not answer tries again', async (t) => {
    const databaseUrl = await testPostgresUrl()
    const schema = 'faults_frozen_start'
    const { proxy, url } = await TcpProxy.before(databaseUrl)
    t.after(async () => {
      await proxy.close()
      await dropSchema(databaseUrl, schema)
    })
    proxy.freeze()
    // The first try is given up, and the next one answered.
    proxy.onLine = (count) => {
      if (count === 2) proxy.thaw()
    }
    const store = await openPostgresStore({ url, schema })
    await store.ping()
    await store.close()
  })
})
