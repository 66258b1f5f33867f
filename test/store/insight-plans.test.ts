/** No look at a queue reads more because the queue is large (14.3): every statement is a range of an index. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { temporaryDatabaseParts } from '../../harness/server-process.ts'
import { plannerOptions } from '../../src/store/postgres/connection/pool.ts'
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

test('PostgreSQL: no statement of insight scans or sorts requests or groups', async (t) => {
  const { url, schema } = await temporaryDatabaseParts(t)
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await migratePostgres(client, schema)
    await client.query(`SET search_path TO ${schema}`)
    for (const option of plannerOptions) await client.query(`SET ${option}`)
    for (const { text } of ofPostgres) {
      const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
      await client.query(`PREPARE looked AS ${text}`)
      const nulls = Array(parameters).fill('NULL').join(', ')
      const { rows } = await client.query(`EXPLAIN (COSTS off) EXECUTE looked (${nulls})`)
      await client.query('DEALLOCATE looked')
      const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n')
      // Grouping what a limit has cut is fine.
      assert.doesNotMatch(plan, /Seq Scan|Bitmap|Sort Key:.*\n\s+-> {2}Index/, `${text}\n${plan}`)
      const conditions = [...plan.matchAll(/Index Cond: (.*)/g)].map(([, condition]) => condition!)
      assert.ok(conditions.length > 0, plan)
      for (const condition of conditions) assert.match(condition, /queue_id = \$1/)
    }
  } finally {
    await client.end()
  }
})
