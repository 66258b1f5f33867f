/**
 * The calls that crawlers make all the time go to one shard and commit once, on a cluster (docs/scaling.md). Where
 * HEADLOCK_TEST_POSTGRES names none, there is nothing to find out.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client, type QueryConfig } from 'pg'
import { isCluster } from '../../harness/cluster/cluster.ts'
import { TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabaseParts } from '../../harness/server-process.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

const withoutCluster = (await isCluster(await testPostgresUrl()))
  ? false
  : 'HEADLOCK_TEST_POSTGRES names no cluster of Citus'

type Call = (queue: TestQueue) => Promise<unknown>

const hotCalls: Readonly<Record<string, Call>> = {
  'add one': (queue) => queue.client('a').add('one'),
  'add a batch': (queue) => queue.client('a').add('two', 'three', 'four', 'five'),
  'add one that is there': (queue) => queue.client('a').add('one'),
  head: (queue) => queue.client('a').head(),
  'head and lock': (queue) => queue.client('a').lock(60, 2),
  prolong: (queue) => queue.client('a').prolong('one', 120),
  get: (queue) => queue.get('one'),
  update: (queue) => queue.client('a').finish('one'),
  'delete lock': (queue) => queue.client('a').deleteLock('two'),
  unlock: async (queue) => {
    await queue.client('a').lock(60, 2)
    await queue.client('a').unlock()
  },
  'list requests': (queue) => queue.client('a').list({ limit: 10 }),
  'list pending requests': (queue) => queue.client('a').list({ limit: 10, filter: ['pending'] }),
  delete: (queue) => queue.client('a').delete('three'),
}

test('hot calls go to one shard, and commit in one phase', { skip: withoutCluster }, async (t) => {
  const { url, schema } = await temporaryDatabaseParts(t)
  // What the store does by itself now and then may go to all nodes, and would be taken for a part of a call.
  t.mock.timers.enable({ apis: ['setInterval'] })
  const store = await openPostgresStore({ url, schema })
  t.after(() => store.close())
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const { queue: view } = await store.getOrCreateQueue({ userId, name: null })
  const sent = new Sent(t)
  const queue = new TestQueue(store, userId, { queueId: view.id })
  const planner = await connected(t, url, schema)
  for (const [name, call] of Object.entries(hotCalls)) {
    const before = new Set(await twoPhaseCommits(planner))
    const { statements, pids } = await sent.during(() => call(queue))
    assert.ok(statements.length > 0, `${name} sends no statement`)
    for (const { text, values } of statements) {
      const plan = await planOf(planner, text, values)
      const what = `${name}: ${text}\n${plan}`
      assert.doesNotMatch(plan, /INSERT \.\.\. SELECT|Distributed Subplan/, what)
      assert.ok(!plan.includes('Task Count') || /Task Count: 1\b/.test(plan), what)
    }
    const own = (await twoPhaseCommits(planner)).filter((gid) => pids.some((pid) => gid.includes(`_${pid}_`)))
    assert.deepEqual(
      own.filter((gid) => !before.has(gid)),
      [],
      `${name} commits in two phases`,
    )
  }
})

/** What the store sends to the database. */
class Sent {
  #statements: QueryConfig[] | null = null
  readonly #pids = new Set<number>()

  constructor(t: TestContext) {
    const { query } = Client.prototype
    const note = (client: Client, config: unknown) => this.#note(client, config)
    Client.prototype.query = function noted(this: Client, ...args: unknown[]) {
      note(this, args[0])
      return (query as (...all: unknown[]) => unknown).apply(this, args)
    } as typeof query
    t.after(() => {
      Client.prototype.query = query
    })
  }

  async during(work: () => Promise<unknown>): Promise<{ statements: QueryConfig[]; pids: number[] }> {
    const statements: QueryConfig[] = []
    this.#statements = statements
    this.#pids.clear()
    await work()
    this.#statements = null
    return { statements, pids: [...this.#pids] }
  }

  #note(client: Client, config: unknown): void {
    if (typeof config !== 'object' || config === null) return
    const { statements = [config] } = config as { statements?: readonly QueryConfig[] }
    const named = (statements as QueryConfig[]).filter(({ name, text }) => {
      return name !== undefined && !text.startsWith('BEGIN') && text !== 'COMMIT'
    })
    if (named.length === 0) return
    this.#statements?.push(...named)
    this.#pids.add((client as unknown as { processID: number }).processID)
  }
}

async function connected(t: TestContext, url: string, schema: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    options: `-c search_path=${schema} -c citus.enable_local_execution=off`,
  })
  await client.connect()
  t.after(() => client.end())
  return client
}

/** The names of those that the coordinator remembers: each has the process ID of its session. */
async function twoPhaseCommits(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ gid: string }>('SELECT gid FROM pg_dist_transaction')
  return rows.map(({ gid }) => gid)
}

async function planOf(client: Client, text: string, values: unknown[] | undefined): Promise<string> {
  const { rows } = await client.query({ text: `EXPLAIN (COSTS off) ${text}`, values: values ?? [] })
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}
