/** The lists of columns say what the tables have that the migrations make, in both stores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { temporaryDatabase } from '../../harness/server-process.ts'
import { type Columns, namesOf, valuesAt, word } from '../../src/store/columns/column.ts'
import {
  type GroupRow,
  groupColumns,
  groupCountValues,
  groupOfRow,
  groupOfValues,
  groupProspectValues,
  groupRowNames,
} from '../../src/store/columns/groups.ts'
import {
  addedNames,
  addedValues,
  contentNames,
  contentValues,
  lockValues,
  placeValues,
  policyValues,
  type RequestRow,
  stateOf,
  writtenColumns,
} from '../../src/store/columns/requests.ts'
import { postgresQueueColumns, postgresRequestColumns } from '../../src/store/postgres/columns.ts'
import { migrate as migratePostgres } from '../../src/store/postgres/migrations/migrate.ts'
import { viewOfRow } from '../../src/store/request-views.ts'
import { sqliteQueueColumns, sqliteRequestColumns } from '../../src/store/sqlite/columns.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { migrate as migrateSqlite } from '../../src/store/sqlite/migrations/migrate.ts'

const sqliteTypes = { integer: 'INTEGER', boolean: 'INTEGER', word: 'TEXT', text: 'TEXT' }
const postgresTypes = { integer: 'bigint', boolean: 'boolean', word: 'text', text: 'text' }

/** Lines, so that a difference can be read. */
function expected(columns: Columns, types: Readonly<Record<string, string>>): string[] {
  return Object.entries(columns)
    .map(([name, { kind, isNullable }]) => `${name} ${types[kind]}${isNullable ? '' : ' NOT NULL'}`)
    .sort()
}

test('the values of a request stand in the order of their columns', () => {
  const content = {
    id: 'a',
    uniqueKey: 'b',
    url: 'c',
    method: 'd',
    retryCount: 1,
    handledAt: 2,
    otherFields: 'e',
  }
  const lock = {
    clientKey: 'f',
    runId: 'g',
    expiresAt: 3,
    placeBefore: { availableAt: 4, sequence: 5 },
  }
  const place = { availableAt: 6, sequence: 5 }
  const state = {
    handledAt: 2,
    place,
    lock,
    bytes: 7,
    scheduledAt: 8,
    retryCount: 1,
    priority: 9,
    lockExpiries: 2,
    group: 'h',
    lockGroup: 'i',
    revisitAt: null,
    failure: null,
  }
  const values = [
    content.id,
    ...placeValues(state),
    ...lockValues(state),
    ...contentValues(content, state),
    ...policyValues(state),
  ]
  const names = namesOf(writtenColumns)
  assert.equal(values.length, names.length)
  const row = Object.fromEntries(names.map((name, index) => [name, values[index]])) as RequestRow
  assert.deepEqual(stateOf(row), state)
  assert.deepEqual(addedValues(content, state), valuesAt(addedNames, row))
  const plain = { ...state, priority: 0, lockExpiries: 0, group: null, lockGroup: null }
  const plainRow = { ...row, priority: null, lock_expiries: null, group_name: null, lock_group: null }
  assert.deepEqual(stateOf(plainRow), plain)
  assert.deepEqual(contentValues(content, plain), valuesAt(contentNames, plainRow))
  assert.deepEqual(addedValues(content, plain), valuesAt(addedNames, plainRow))
  assert.deepEqual(viewOfRow(row, 0), { ...content, lockExpiresAt: 3, lockByClient: 'f' })
})

test('the values of a group stand in the order of their columns', () => {
  const first = { rank: -11, availableAt: -8, sequence: -9 }
  const group = {
    name: 'a',
    unhandledCount: 1,
    lockEnds: [2, 3],
    handedOutAt: 4,
    endedAt: 5,
    slowedToMs: 6,
    cooldownUntil: 7,
    judgedBy: 8,
    first,
    lookAt: 10,
  }
  for (const each of [group, { ...group, first: null, lockEnds: [] }]) {
    const values = [each.name, ...groupCountValues(each), ...groupProspectValues(each)]
    const row = Object.fromEntries(groupRowNames.map((name, index) => [name, values[index]]))
    assert.deepEqual(groupOfRow(row as unknown as GroupRow), each)
    assert.deepEqual(groupOfValues(['before', ...values], 1), each)
  }
})

test('SQLite: the tables have the columns of the lists', () => {
  const db = openDatabase(':memory:')
  try {
    migrateSqlite(db)
    const found = (table: string) =>
      db
        .prepare('SELECT name, type, "notnull" OR pk AS is_required FROM pragma_table_info(?)')
        .all(table)
        .map(({ name, type, is_required }) => `${name} ${type}${is_required === 1 ? ' NOT NULL' : ''}`)
        .sort()
    assert.deepEqual(found('queues'), expected(sqliteQueueColumns, sqliteTypes))
    assert.deepEqual(found('requests'), expected(sqliteRequestColumns, sqliteTypes))
  } finally {
    db.close()
  }
})

test('PostgreSQL: the tables have the columns of the lists', async (t) => {
  const address = new URL(await temporaryDatabase(t))
  const schema = address.searchParams.get('schema')!
  address.searchParams.delete('schema')
  const client = new Client({ connectionString: address.href })
  await client.connect()
  try {
    await migratePostgres(client, schema)
    const found = async (table: string) => {
      const { rows } = await client.query<{ line: string }>(
        `SELECT column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS line
         FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2`,
        [schema, table],
      )
      return rows.map(({ line }) => line).sort()
    }
    assert.deepEqual(await found('queues'), expected(postgresQueueColumns, postgresTypes))
    assert.deepEqual(await found('requests'), expected(postgresRequestColumns, postgresTypes))
    const postgresGroupColumns = { queue_id: word, ...groupColumns }
    assert.deepEqual(await found('groups'), expected(postgresGroupColumns, postgresTypes))
  } finally {
    await client.end()
  }
})
