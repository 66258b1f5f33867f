/** What a repair has to leave, and what it finds in handled requests. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Client } from 'pg'
import { content, TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../../harness/server-process.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import { ManualClock } from '../../src/store/clock.ts'
import { Database } from '../../src/store/postgres/connection/pool.ts'
import { verifyTables } from '../../src/store/postgres/maintenance/verify.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { repairDatabase } from '../../src/store/sqlite/maintenance/repair.ts'
import { verifyDatabase } from '../../src/store/sqlite/maintenance/verify.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

/** A store that is closed while its data is damaged and repaired. */
interface Place {
  readonly clock: ManualClock
  open(): Promise<Store>
  damage(sql: string): Promise<void>
  /** Returns what was found before, what was changed, and what is found after that. */
  repair(): Promise<readonly [found: readonly string[], changed: readonly string[], left: readonly string[]]>
}

async function sqlitePlace(t: TestContext): Promise<Place> {
  const clock = new ManualClock()
  const directory = await temporaryDirectory(t)
  const using = <Result>(work: (db: ReturnType<typeof openDatabase>) => Result): Result => {
    const db = openDatabase(join(directory, databaseName))
    try {
      return work(db)
    } finally {
      db.close()
    }
  }
  return {
    clock,
    open: () => openSqliteStore({ directory, clock }),
    damage: async (sql) => using((db) => db.exec(sql)),
    repair: async () =>
      using((db) => {
        const verify = () => verifyDatabase(db, clock.wallMs()).findings.texts()
        return [verify(), repairDatabase(db, clock.wallMs()), verify()]
      }),
  }
}

async function postgresPlace(t: TestContext): Promise<Place> {
  const clock = new ManualClock()
  const { url, schema } = await temporaryDatabaseParts(t)
  const using = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    const database = new Database({ url, schema, connectionsMax: 1, onProblem: () => {} })
    try {
      return await database.useWithoutTimeouts(work)
    } finally {
      await database.close()
    }
  }
  return {
    clock,
    open: () => openPostgresStore({ url, schema, clock }),
    damage: (sql) => using(async (client) => void (await client.query(sql))),
    repair: () =>
      using(async (client) => {
        const verify = (repair: boolean) => verifyTables(client, clock.wallMs(), repair)
        const found = (await verify(false)).findings.texts()
        const { repaired } = await verify(true)
        return [found, repaired, (await verify(false)).findings.texts()]
      }),
  }
}

async function newQueue(store: Store, document: object | null): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'pages' })
  const address = { queueId: queue.id }
  if (document !== null) {
    const policy = policyOf(document)
    await store.putPolicy({ userId, queue: address, document, policy, version: null })
  }
  return new TestQueue(store, userId, address)
}

for (const [kind, place] of [
  ['the embedded store', sqlitePlace],
  ['PostgreSQL', postgresPlace],
] as const) {
  for (const damage of [
    'UPDATE groups SET unhandled_count = unhandled_count + 1',
    "UPDATE groups SET lock_ends = '[]', unhandled_count = 5",
    'DELETE FROM groups',
  ]) {
    test(`13.4 on ${kind} a repair remembers when a lock ran out: ${damage}`, async (t) => {
      const { clock, open, damage: harm, repair } = await place(t)
      const store = await open()
      const queue = await newQueue(store, { rules: [{ hosts: '*', delaySecs: 60 }], lockExpiriesMax: 2 })
      await queue.client('a').add('1', '2')
      assert.deepEqual(await queue.client('a').lock(10), ['1'])
      await store.close()
      clock.advance(10_000)
      // Nobody has noted yet that the lock ran out.
      await harm(damage)
      const [found, changed, left] = await repair()
      assert.notDeepEqual(found, [])
      assert.notDeepEqual(changed, [])
      assert.deepEqual(left, [])
      const again = await open()
      try {
        const b = new TestQueue(again, queue.userId, queue.queue).client('b')
        clock.advance(59_999)
        assert.deepEqual(await b.lock(10), [])
        clock.advance(1)
        assert.deepEqual(await b.lock(10), ['2'])
        clock.advance(70_000)
        assert.deepEqual(await b.lock(10), ['1'])
        // The lock before the repair, and this one.
        clock.advance(80_000)
        assert.deepEqual(await b.lock(10), ['2'])
        await b.finish('2', clock.wallMs())
        clock.advance(60_000)
        assert.deepEqual(await b.lock(10), [])
        assert.match((await b.get('1')).otherFields, /2 locks in a row/)
      } finally {
        await again.close()
      }
    })
  }

  test(`13.12 on ${kind} a lock that is not complete any more, but ran out, counts`, async (t) => {
    const { clock, open, damage, repair } = await place(t)
    const store = await open()
    const queue = await newQueue(store, { lockExpiriesMax: 2 })
    await queue.client('a').add('1')
    await queue.client('a').lock(10)
    await store.close()
    clock.advance(10_000)
    await damage('UPDATE requests SET available_before = NULL')
    assert.deepEqual((await repair())[2], [])
    const again = await open()
    try {
      const b = new TestQueue(again, queue.userId, queue.queue).client('b')
      assert.deepEqual(await b.lock(10), ['1'])
      clock.advance(10_000)
      assert.deepEqual(await b.lock(10), [])
    } finally {
      await again.close()
    }
  })

  test(`14.4 on ${kind} what a request that is not handled failed with is found, and goes`, async (t) => {
    const { clock, open, damage, repair } = await place(t)
    const store = await open()
    const queue = await newQueue(store, null)
    const otherFields = '"errorMessages":["no answer"]'
    await queue
      .client('a')
      .addContents([content('1'), content('2', { handledAt: clock.wallMs(), otherFields })])
    await store.close()
    assert.deepEqual(await repair().then(([found]) => found), [])
    await damage("UPDATE requests SET failure = 'no answer' WHERE handled_at IS NULL")
    const [found, changed, left] = await repair()
    assert.equal(found.length, 1)
    assert.match(found[0]!, /^a request that is not handled counts as failed: /)
    assert.equal(changed.length, 1)
    assert.deepEqual(left, [])
    const again = await open()
    try {
      const { items } = await again.listFailures({ userId: queue.userId, queue: queue.queue, limit: 10 })
      assert.deepEqual(
        items.map(({ error, count }) => [error, count]),
        [['no answer', 1]],
      )
    } finally {
      await again.close()
    }
  })
}
