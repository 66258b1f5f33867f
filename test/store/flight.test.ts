/** Statements that are sent in one piece: what is answered, and what is known after one of them fails. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { newSchemaName, testPostgresUrl } from '../../harness/test-postgres.ts'
import { CommitUnknown, commit } from '../../src/store/postgres/connection/commit.ts'
import { fly, tryToFly } from '../../src/store/postgres/connection/flight.ts'
import { bind, statement } from '../../src/store/postgres/connection/statement.ts'

const begin = bind(statement('BEGIN'), [])
const insert = statement('INSERT INTO numbers SELECT $1::bigint')
const select = statement(
  'SELECT number, text FROM numbers, (SELECT $1::text AS text) AS given ORDER BY number',
)
const divideByZero = bind(statement('SELECT 1 / 0'), [])
const end = statement('SELECT pg_terminate_backend(pg_backend_pid())')

test('each statement has its own answer, also when the connection knows it already', async (t) => {
  const { client } = await connected(t)
  for (const text of ['é\u0001 "', null]) {
    const [, inserted, none, read, deleted] = await fly(client, [
      begin,
      bind(insert, [2 ** 52]),
      null,
      bind<{ number: number; text: string | null }>(select, [text]),
      bind(statement('DELETE FROM numbers'), []),
    ])
    assert.equal(inserted.command, 'INSERT 0 1')
    assert.deepEqual(none.rows, [])
    assert.deepEqual(read.rows, [{ number: 2 ** 52, text }])
    assert.equal(deleted.command, 'DELETE 1')
    await commit(client, [])
  }
})

test('a parameter may be empty, and may have many bytes', async (t) => {
  const { client } = await connected(t)
  const longText = '€'.repeat(1_000_000)
  const [read] = await fly(client, [
    bind(statement(`SELECT $1::text AS empty, $2::text AS long, $3::boolean AS yes`), ['', longText, true]),
  ])
  assert.deepEqual(read.rows, [{ empty: '', long: longText, yes: true }])
})

test('11.5 a statement that fails makes the database skip the commit behind it', async (t) => {
  const { client, count } = await connected(t)
  await fly(client, [begin, bind(insert, [1])])
  await assert.rejects(commit(client, [bind(insert, [2]), divideByZero]), { code: '22012' })
  await client.query('ROLLBACK')
  assert.equal(await count(), 0)
})

test('a failure says how many statements were answered', async (t) => {
  const { client } = await connected(t)
  const flown = await tryToFly(client, [begin, bind(insert, [1]), divideByZero, bind(insert, [2])])
  assert.ok(!Array.isArray(flown))
  assert.equal(flown.answeredCount, 2)
})

test('11.5 a commit of a transaction that had failed is no commit', async (t) => {
  const { client, count } = await connected(t)
  await fly(client, [begin, bind(insert, [1])])
  await assert.rejects(fly(client, [divideByZero]), { code: '22012' })
  await assert.rejects(commit(client, []), /answered a commit with ROLLBACK/)
  assert.equal(await count(), 0)
})

test('11.5 when the connection ends in the flight of a commit, the outcome is unknown', async (t) => {
  const { client, count } = await connected(t)
  await fly(client, [begin])
  await assert.rejects(commit(client, [bind(insert, [1]), bind(end, [])]), CommitUnknown)
  assert.equal(await count(), 0)
})

/** A connection to a database with an empty table `numbers`, and a count of its rows on another connection. */
async function connected(t: TestContext) {
  const connectionString = await testPostgresUrl()
  const schema = newSchemaName()
  const admin = new Client({ connectionString })
  const client = new Client({ connectionString, options: `-c search_path=${schema}` })
  client.on('error', () => {})
  await admin.connect()
  await admin.query(`CREATE SCHEMA ${schema} CREATE TABLE numbers (number bigint)`)
  await client.connect()
  t.after(async () => {
    await client.end()
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
    await admin.end()
  })
  async function count(): Promise<number> {
    const { rows } = await admin.query<{ count: string }>(`SELECT count(*) FROM ${schema}.numbers`)
    return Number(rows[0]!.count)
  }
  return { client, count }
}
