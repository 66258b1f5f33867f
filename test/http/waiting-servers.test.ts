/** Callers that wait, with several servers on one PostgreSQL, and after the connection on which they listen was cut (13.14). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { pino } from 'pino'
import { isCluster } from '../../harness/cluster/cluster.ts'
import { WatchedStore } from '../../harness/http/watched-store.ts'
import { temporaryPostgresStore } from '../../harness/stores.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { tokenHashOf } from '../../src/domain/token.ts'
import { buildServer } from '../../src/http/server.ts'
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open-store.ts'
import { channelOf } from '../../src/store/postgres/waiting/news-channel.ts'
import type { Store } from '../../src/store/store.ts'

interface Servers {
  /** Calls one of the servers. */
  call(server: 0 | 1, method: string, path: string, body?: object): Promise<Items>
  readonly queue: string
  readonly watched: readonly [WatchedStore, WatchedStore]
  /** The first problem that the store of the first server reports. */
  readonly problem: Promise<string>
  readonly schema: string
}

interface Items {
  readonly data: { readonly items: readonly { readonly uniqueKey: string }[] }
}

async function withServers(body: (servers: Servers) => Promise<void>): Promise<void> {
  const { promise: problem, resolve: report } = Promise.withResolvers<string>()
  let used: PostgresOptions | undefined
  const { store, clock, discard } = await temporaryPostgresStore((options) => {
    used = { ...options, onProblem: report }
    return openPostgresStore(used)
  })
  const other = await openPostgresStore({ ...used!, onProblem: () => {} })
  const { id: userId } = await store.ensureUser({ username: 'tester' })
  const token = 'test-token'
  await store.createToken({
    userId,
    tokenHash: tokenHashOf(token),
    label: null,
    runId: null,
    readOnly: false,
  })
  const watched = [new WatchedStore(), new WatchedStore()] as const
  const options = {
    rateLimits: 'off',
    publicUrl: null,
    version: '0.0.0',
    now: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
  } as const
  const logger = pino({ level: 'silent' })
  const build = (watch: WatchedStore, own: Store) =>
    buildServer({ store: watch.around(own), options, logger })
  const apps = [await build(watched[0], store), await build(watched[1], other)]
  const urls = await Promise.all(apps.map((app) => app.listen({ host: '127.0.0.1', port: 0 })))
  try {
    const { queue } = await store.getOrCreateQueue({ userId, name: null })
    await body({
      async call(server, method, path, content) {
        const response = await fetch(`${urls[server]}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(content === undefined ? {} : { body: JSON.stringify(content) }),
        })
        return (await response.json()) as Items
      },
      queue: `/v2/request-queues/${queue.id}`,
      watched,
      problem,
      schema: used!.schema!,
    })
    assert.deepEqual(await store.check(), [])
  } finally {
    for (const app of apps) {
      const closed = app.close()
      app.server.closeAllConnections()
      await closed
    }
    await other.close()
    await discard()
  }
}

function page(uniqueKey: string) {
  return { url: `https://example.com/${uniqueKey}`, uniqueKey }
}

test('13.14 a request that comes through another server wakes one of the callers', () =>
  withServers(async ({ call, queue, watched }) => {
    const path = `${queue}/head/lock?lockSecs=3600&waitSecs=60&limit=1`
    const calls = ['a', 'b', 'c'].map((name) => call(0, 'POST', `${path}&clientKey=${name}`))
    await watched[0].waiters(3)
    const before = watched[0].lockHeads
    const keys: string[] = []
    for (const key of ['one', 'two', 'three']) {
      // The last caller's look for more is over: it would see this request too, and wake another caller for it.
      await watched[0].waiters(3)
      await call(1, 'POST', `${queue}/requests`, page(key))
      const woken = await Promise.race(calls.map(async (each, index) => ({ index, answer: await each })))
      keys.push(...woken.answer.data.items.map(({ uniqueKey }) => uniqueKey))
      calls.splice(woken.index, 1)
    }
    assert.deepEqual(keys, ['one', 'two', 'three'])
    assert.equal(watched[0].lockHeads - before, 3, 'each request woke one caller')
  }))

test('13.14 callers of two servers get every request that comes, each once', () =>
  withServers(async ({ call, queue, watched }) => {
    const path = `${queue}/head/lock?lockSecs=3600&waitSecs=60&limit=1`
    const calls = Array.from({ length: 10 }, (_, index) =>
      call((index % 2) as 0 | 1, 'POST', `${path}&clientKey=c${index}`),
    )
    await Promise.all(watched.map((each) => each.waiters(5)))
    const keys = Array.from('abcdefghij')
    await call(0, 'POST', `${queue}/requests/batch`, keys.map(page))
    const answers = await Promise.all(calls)
    const got = answers.flatMap(({ data }) => data.items.map(({ uniqueKey }) => uniqueKey))
    assert.deepEqual(got.sort(), keys)
  }))

/** The servers of a cluster ask once in a while instead. */
const skip =
  (await isCluster(await testPostgresUrl())) && 'Servers of a cluster have no connection to listen on'

test('13.14 callers are woken after the connection on which the server listens was cut', { skip }, () =>
  withServers(async ({ call, queue, watched, problem, schema }) => {
    const waiting = call(0, 'POST', `${queue}/head/lock?lockSecs=60&waitSecs=60&clientKey=a`)
    await watched[0].waiters(1)
    const client = new Client({ connectionString: await testPostgresUrl() })
    await client.connect()
    try {
      const { rows } = await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1',
        [`LISTEN ${channelOf(schema)}`],
      )
      assert.equal(rows.length, 1)
      assert.match(await problem, /is opened again/)
      await call(1, 'POST', `${queue}/requests`, page('one'))
      const { data } = await waiting
      assert.deepEqual(
        data.items.map(({ uniqueKey }) => uniqueKey),
        ['one'],
      )
    } finally {
      await client.end()
    }
  }),
)
