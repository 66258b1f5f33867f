/** No look at a queue reads more because the queue is large (14.3): every statement is a range of an index. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { isCluster } from '../../harness/cluster/cluster.ts'
import { temporaryDatabaseParts } from '../../harness/server-process.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { groupWrites, requestWrites } from '../../src/store/postgres/batching/flush.ts'
import { plannerOptions } from '../../src/store/postgres/connection/pool.ts'
import {
  selectDueOf,
  selectOpen,
  selectSights,
  selectToLookAt,
  selectUngroupedAfter,
  selectUnhandledAfter,
} from '../../src/store/postgres/groups/statements.ts'
import { explainStatements as explainedByPostgres } from '../../src/store/postgres/insight/explain-rows.ts'
import { failureStatements as failuresOfPostgres } from '../../src/store/postgres/insight/failure-rows.ts'
import { filterStatements as foundByPostgres } from '../../src/store/postgres/insight/filter-rows.ts'
import { hostStatements as hostsOfPostgres } from '../../src/store/postgres/insight/host-rows.ts'
import { migrate as migratePostgres } from '../../src/store/postgres/migrations/migrate.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { explainStatements as explainedBySqlite } from '../../src/store/sqlite/insight/explain-rows.ts'
import { failureStatements as failuresOfSqlite } from '../../src/store/sqlite/insight/failure-rows.ts'
import { filterStatements as foundBySqlite } from '../../src/store/sqlite/insight/filter-rows.ts'
import { hostStatements as hostsOfSqlite } from '../../src/store/sqlite/insight/host-rows.ts'
import { migrate as migrateSqlite } from '../../src/store/sqlite/migrations/migrate.ts'

const ofSqlite = [...explainedBySqlite, ...foundBySqlite, ...failuresOfSqlite, ...hostsOfSqlite]
const ofPostgres = [...explainedByPostgres, ...foundByPostgres, ...failuresOfPostgres, ...hostsOfPostgres]
/** A cluster has no plan for all values of the parameters. */
const skip = (await isCluster(await testPostgresUrl())) && 'A cluster of Citus makes no plans without values'

test('SQLite: no statement of insight scans or sorts requests or groups', () => {
  const db = openDatabase(':memory:')
  migrateSqlite(db)
  for (const sql of ofSqlite) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    const lines = plan.map(({ detail }) => String(detail))
    const ofTables = lines.filter((line) => /\b(requests|groups)\b/.test(line))
    assert.ok(ofTables.length > 0, sql)
    for (const line of ofTables) {
      assert.match(line, /^SEARCH (requests|groups) USING .*INDEX \w+ \(queue_number=\?/, sql)
    }
    // Grouping what a limit has cut is fine.
    assert.ok(!lines.some((line) => line.includes('B-TREE FOR ORDER BY')), `${sql}\n${lines.join('\n')}`)
  }
  db.close()
})

test('PostgreSQL: no statement of insight scans or sorts requests or groups', { skip }, async (t) => {
  await withDatabase(t, async (client) => {
    for (const { text } of ofPostgres) {
      const plan = await planOf(client, text)
      // Grouping what a limit has cut is fine.
      assert.doesNotMatch(plan, /Seq Scan|Bitmap|Sort Key:.*\n\s+-> {2}Index/, `${text}\n${plan}`)
      const conditions = [...plan.matchAll(/Index Cond: (.*)/g)].map(([, condition]) => condition!)
      assert.ok(conditions.length > 0, plan)
      for (const condition of conditions) assert.match(condition, /queue_id = \$1/)
    }
  })
})

test('PostgreSQL: a group is searched by its index, whatever the planner knew before', {
  skip,
}, async (t) => {
  const ofGroups = [...ofPostgres, selectSights, selectToLookAt, selectDueOf]
  const searching = ofGroups.filter(({ text }) => text.includes('group_name = '))
  assert.ok(searching.length >= 8)
  await withDatabase(t, async (client) => {
    await client.query(`
      INSERT INTO requests (queue_id, id, available_at, sequence, bytes, retry_count, method, unique_key, url, other_fields,
        group_name, rank)
      SELECT 'queue', 'id' || number, 1000, number, 10, 0, 'GET', 'key' || number, 'url', '', 'group', 0
      FROM generate_series(1, 5000) AS number`)
    await client.query('ANALYZE')
    for (const { text } of searching) {
      const plan = await planOf(client, text)
      assert.doesNotMatch(plan, /requests_in_order|requests_pkey/, `${text}\n${plan}`)
      assert.doesNotMatch(plan, /Sort Key:.*\n\s+-> {2}Index/, `${text}\n${plan}`)
    }
    // It reads the first request of a group by its place.
    const plan = await planOf(client, selectOpen.text)
    assert.equal([...plan.matchAll(/requests_in_order/g)].length, 1, plan)
    assert.equal([...plan.matchAll(/requests_in_groups/g)].length, 1, plan)
    assert.doesNotMatch(plan, /Sort/, plan)
  })
})

test('PostgreSQL: each group is written by its key, whatever the planner knew before', {
  skip,
}, async (t) => {
  await withDatabase(t, async (client) => {
    const fill = (count: number) => `
      INSERT INTO groups (queue_id, name, unhandled_count, lock_ends, slowed_to_ms, judged_by)
      SELECT 'queue', 'name' || number, 1, '[]', 0, 1 FROM generate_series(1, ${count}) AS number`
    for (const change of ['SELECT 1', 'VACUUM ANALYZE', fill(1), 'VACUUM ANALYZE']) {
      await client.query(change)
      for (const { text } of groupWrites) {
        const plan = await planOf(client, text)
        if (text.includes('ON CONFLICT')) assert.match(plan, /Conflict Arbiter Indexes: groups_pkey/, plan)
        else {
          assert.match(plan, /Index Scan using groups_pkey on groups\n\s+Index Cond: .*\bname = /, plan)
        }
      }
    }
  })
})

test('PostgreSQL: each request is written by its key, whatever the planner knew before', {
  skip,
}, async (t) => {
  await withDatabase(t, async (client) => {
    const fill = (count: number) => `
      INSERT INTO requests (queue_id, id, available_at, sequence, bytes, retry_count, method, unique_key, url, other_fields)
      SELECT 'queue', 'id' || number, 1000, number, 10, 0, 'GET', 'key' || number, 'url', ''
      FROM generate_series(1, ${count}) AS number`
    for (const change of ['SELECT 1', fill(60), 'ANALYZE', 'TRUNCATE requests', fill(5000), 'ANALYZE']) {
      await client.query(change)
      for (const { text } of requestWrites) {
        const plan = await planOf(client, text)
        assert.match(
          plan,
          /Index Scan using requests_pkey on requests\n\s+Index Cond: .*\bid = /,
          `${change}\n${plan}`,
        )
      }
    }
  })
})

test('PostgreSQL: the steps that build groups read a range of an index, whatever the planner knew', async (t) => {
  await withDatabase(t, async (client) => {
    await client.query(`
      INSERT INTO requests (queue_id, id, available_at, sequence, bytes, retry_count, method, unique_key, url, other_fields)
      SELECT 'queue', 'id' || number, 1000, number, 10, 0, 'GET', 'key' || number, 'url', ''
      FROM generate_series(1, 5000) AS number`)
    for (const analyze of ['SELECT 1', 'ANALYZE']) {
      await client.query(analyze)
      const inOrder = await planOf(client, selectUnhandledAfter.text)
      assert.match(inOrder, /requests_in_order/)
      assert.match(inOrder, /Index Cond: .*ROW\(available_at, sequence\) > ROW\(/, inOrder)
      const byId = await planOf(client, selectUngroupedAfter.text)
      assert.match(byId, /requests_pkey.*\n.*Index Cond: .*id > /, byId)
      for (const plan of [inOrder, byId]) assert.doesNotMatch(plan, /Sort Key:.*\n\s+-> {2}Index/, plan)
    }
  })
})

/** A new database whose planner has the options of the store. */
async function withDatabase(t: TestContext, use: (client: Client) => Promise<void>): Promise<void> {
  const { url, schema } = await temporaryDatabaseParts(t)
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await migratePostgres(client, schema)
    await client.query(`SET search_path TO ${schema}`)
    for (const option of plannerOptions) await client.query(`SET ${option}`)
    await use(client)
  } finally {
    await client.end()
  }
}

async function planOf(client: Client, text: string): Promise<string> {
  const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
  await client.query(`PREPARE looked AS ${text}`)
  const nulls = Array(parameters).fill('NULL').join(', ')
  const { rows } = await client.query(`EXPLAIN (COSTS off) EXECUTE looked (${nulls})`)
  await client.query('DEALLOCATE looked')
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
}
