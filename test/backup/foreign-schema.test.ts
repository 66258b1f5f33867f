/** What is in a database that Headlock did not make is found before anything runs in it. */
import assert from 'node:assert/strict'
import { copyFileSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { Client } from 'pg'
import {
  type Ending,
  runCommand,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { migratePostgres } from '../../src/store/postgres/open-store.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { createUnfinishedCopies, normalisedSql } from '../../src/store/sqlite/maintenance/schema.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const root = resolve(import.meta.dirname, '../..')

/** Gives the attacker a token when the first request is added. */
const plant = `
  CREATE TRIGGER plant AFTER INSERT ON requests BEGIN
    INSERT INTO tokens SELECT 'planted', id, 'hash', 'first token', NULL, 0, 1 FROM users;
  END`

/** Past SQLite, as a file is changed on purpose. */
function rewritten(set: string, where: string): string {
  return `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET ${set} WHERE ${where}; PRAGMA writable_schema = RESET`
}

interface Foreign {
  readonly name: string
  readonly sql: string
  readonly said: RegExp
  readonly canBeRemoved: boolean
}

const foreign: readonly Foreign[] = [
  {
    name: 'a trigger that plants a token',
    sql: plant,
    said: /trigger "plant" on "requests" was not made by Headlock/,
    canBeRemoved: true,
  },
  {
    name: 'a view',
    sql: 'CREATE VIEW all_tokens AS SELECT * FROM tokens',
    said: /view "all_tokens" was not made by Headlock/,
    canBeRemoved: true,
  },
  {
    name: 'an index that computes',
    sql: 'CREATE INDEX extra ON requests (lower(url))',
    said: /index "extra" on "requests" was not made by Headlock/,
    canBeRemoved: true,
  },
  {
    name: 'an index that is gone',
    sql: 'DROP INDEX requests_by_run',
    said: /index "requests_by_run" on "requests" is missing/,
    canBeRemoved: true,
  },
  {
    name: 'an index that is another one',
    sql: 'DROP INDEX requests_by_run; CREATE INDEX requests_by_run ON requests (queue_number)',
    said: /index "requests_by_run" on "requests" is another one/,
    canBeRemoved: true,
  },
  {
    name: 'a trigger whose name moves the cursor',
    sql: plant.replace('plant', '"\u001b[2J"'),
    said: /trigger "\\u001b\[2J" on "requests"/,
    canBeRemoved: true,
  },
  {
    name: 'a table',
    sql: 'CREATE TABLE loot (id INTEGER PRIMARY KEY, what TEXT UNIQUE)',
    said: /table "loot" was not made by Headlock(?!.*autoindex)/,
    canBeRemoved: false,
  },
  {
    name: 'a table that is named like what a broken copy leaves',
    sql: 'CREATE TABLE unfinished_copies (queue_id TEXT DEFAULT (random()))',
    said: /table "unfinished_copies" was not made by Headlock/,
    canBeRemoved: false,
  },
  {
    name: 'a column that computes',
    sql: "ALTER TABLE tokens ADD COLUMN more TEXT CHECK (label <> 'x')",
    said: /table "tokens" is another one/,
    canBeRemoved: false,
  },
  {
    name: 'a table that is less strict',
    sql: rewritten(
      "sql = replace(sql, 'read_only INTEGER NOT NULL', 'read_only INTEGER')",
      "name = 'tokens'",
    ),
    said: /table "tokens" is another one/,
    canBeRemoved: false,
  },
]

async function filled(t: Ending): Promise<{ place: string; data: string; file: string }> {
  const place = await temporaryDirectory(t)
  const data = join(place, 'data')
  const store = await openSqliteStore({ directory: data })
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  await store.createToken({ userId, tokenHash: 'known', label: 'mine', runId: 'run-1', readOnly: true })
  await store.getOrCreateQueue({ userId, name: 'pages' })
  await store.close()
  const file = join(place, 'backup.sqlite')
  copyFileSync(join(data, 'headlock.sqlite'), file)
  return { place, data, file }
}

function run(file: string, sql: string): void {
  const db = new DatabaseSync(file, { defensive: false })
  db.exec(sql)
  db.close()
}

function schemaOf(file: string): unknown[] {
  const db = new DatabaseSync(file)
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
  db.close()
  return rows.map((row) => [row['type'], row['name'], row['tbl_name'], normalisedSql(String(row['sql']))])
}

describe('a backup with something foreign in it', { concurrency: 4 }, () => {
  for (const { name, sql, said, canBeRemoved } of foreign) {
    test(`${name}: is told, and not restored as it is`, async (t) => {
      const { place, data, file } = await filled(t)
      run(file, sql)
      const verified = await runCommand(['verify', file])
      assert.match(verified.stderr, said)
      assert.equal(verified.code, 1)
      const restored = join(place, 'restored')
      const refused = await runCommand(['restore', file, '--data', restored])
      assert.match(refused.stderr, said)
      assert.equal(refused.code, 1)
      assert.deepEqual(readdirSync(restored), ['server.lock'])

      const repaired = await runCommand(['restore', file, '--data', restored, '--repair'])
      assert.equal(repaired.code, canBeRemoved ? 0 : 1, repaired.stderr)
      if (!canBeRemoved) {
        assert.match(repaired.stderr, said)
        return
      }
      assert.match(repaired.stdout, /^Repaired the schema: .*; (removed|recreated)$/m)
      assert.deepEqual(schemaOf(join(restored, 'headlock.sqlite')), schemaOf(join(data, 'headlock.sqlite')))
    })
  }

  test('what a broken copy leaves is not foreign', async (t) => {
    const { data, file } = await filled(t)
    run(file, createUnfinishedCopies)
    run(join(data, 'headlock.sqlite'), createUnfinishedCopies)
    assert.equal((await runCommand(['verify', file])).code, 0)
    await (await startServerProcess(t, data)).stop()
  })
})

describe('a data directory with something foreign in it', { concurrency: 4 }, () => {
  test('is used by no command that writes, until it is repaired', async (t) => {
    const { place, data } = await filled(t)
    run(join(data, 'headlock.sqlite'), plant)
    const copied = join(place, 'copied')
    for (const args of [
      ['serve', '--port', '0', '--data', data],
      ['token', 'create', '--data', data],
      ['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${copied}`],
      ['copy', '--from', `sqlite:${(await filled(t)).data}`, '--to', `sqlite:${data}`],
    ]) {
      const { code, stderr } = await runCommand(args)
      assert.equal(code, 1)
      assert.match(stderr, /trigger "plant" on "requests" was not made by Headlock.*headlock verify --repair/)
    }
    const repaired = await runCommand(['verify', '--data', data, '--repair'])
    assert.equal(repaired.code, 0, repaired.stderr)
    assert.match(repaired.stdout, /^Repaired the schema: trigger "plant" on "requests" .*; removed\n/)
    const server = await startServerProcess(t, data)
    await server.stop()
  })

  test('with a table of its own is told again after a repair, which leaves it', async (t) => {
    const { data } = await filled(t)
    run(join(data, 'headlock.sqlite'), `${plant}; CREATE TABLE loot (id INTEGER PRIMARY KEY)`)
    const { code, stdout, stderr } = await runCommand(['verify', '--data', data, '--repair'])
    assert.equal(code, 1)
    assert.match(stdout, /^Repaired the schema: trigger "plant"/)
    assert.match(stderr, /table "loot" was not made by Headlock/)
  })
})

describe('the tokens of a backup', { concurrency: 4 }, () => {
  test('are told by restore, and what is in their names does nothing to a terminal', async (t) => {
    const { place, file } = await filled(t)
    run(
      file,
      "INSERT INTO tokens SELECT 'planted', id, 'hash', char(27) || '[2Kfirst', NULL, 0, 5 FROM users",
    )
    const { code, stdout, stderr } = await runCommand(['restore', file, '--data', join(place, 'restored')])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^TOKEN +USER +CREATED +RIGHTS +RUN +LABEL\n/)
    assert.match(stdout, /^planted +headlock +1970-01-01T00:00:00\.005Z +all +- +\uFFFD\[2Kfirst$/m)
    assert.match(stdout, /^\w{17} +headlock +\S+Z +read-only +run-1 +mine$/m)
    assert.match(stdout, /All of these tokens are valid[\s\S]*2 tokens/)
  })

  test('are left out with --revoke-tokens', async (t) => {
    const { place, file } = await filled(t)
    const restored = join(place, 'restored')
    const { code, stdout, stderr } = await runCommand([
      'restore',
      file,
      '--data',
      restored,
      '--revoke-tokens',
    ])
    assert.equal(code, 0, stderr)
    assert.match(stdout, / +mine\nAll of these tokens were revoked[\s\S]*0 tokens, 1 queue/)
    const listed = await runCommand(['token', 'list', '--data', restored])
    assert.equal(listed.stdout, '')
    const server = await startServerProcess(t, restored)
    assert.notEqual(server.firstToken, null)
    assert.equal((await server.call('/v2/request-queues/~pages')).status, 200)
  })
})

test('every connection to a file trusts nothing that stands in its schema', () => {
  const db = openDatabase(':memory:')
  assert.deepEqual({ ...db.prepare('PRAGMA trusted_schema').get() }, { trusted_schema: 0 })
  assert.deepEqual({ ...db.prepare('PRAGMA cell_size_check').get() }, { cell_size_check: 1 })
  assert.throws(() => db.exec(rewritten("sql = ''", 'true')), /may not be modified/)
  db.close()
  const opened = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('new DatabaseSync('),
  )
  assert.deepEqual(opened, ['src/store/sqlite/file/database.ts'])
})

test('white space and comments of a schema do not matter, and nothing else is overlooked', () => {
  const text = "CREATE TABLE a (\n  b TEXT, -- why\r\n  c TEXT /* one\ntwo */ DEFAULT 'x  --y'\n)"
  assert.equal(normalisedSql(text), "CREATE TABLE a ( b TEXT, c TEXT DEFAULT 'x  --y' )")
  for (const [one, other] of [
    ['CREATE TABLE a (b)', 'CREATE TABLE a (b, c)'],
    ["DEFAULT 'a b'", "DEFAULT 'a  b'"],
    ['b -- c,\nd', 'b -- c, d'],
    ['a "b  c"', 'a "b c"'],
    ['a [b  c]', 'a [b c]'],
    ['a `b  c`', 'a `b c`'],
    ['ab', 'a b'],
    ['a\u00a0b', 'a b'],
  ]) {
    assert.notEqual(normalisedSql(one!), normalisedSql(other!))
  }
})

/** One that has its tables, and a way to change them past the program. */
async function usedDatabase(t: Ending): Promise<{ flags: string[]; run(sql: string): Promise<void> }> {
  const database = await temporaryDatabase(t)
  const flags = ['--store', database]
  const [connectionString, query] = database.split('?')
  const schema = new URLSearchParams(query).get('schema')!
  await migratePostgres({ url: connectionString!, schema })
  return {
    flags,
    async run(sql) {
      const client = new Client({ connectionString: connectionString!, options: `-c search_path=${schema}` })
      await client.connect()
      try {
        await client.query(sql)
      } finally {
        await client.end()
      }
    },
  }
}

describe('a PostgreSQL with something foreign in it', { concurrency: 4 }, () => {
  const additions: readonly [name: string, sql: string, said: RegExp][] = [
    [
      'a trigger',
      `CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER plant BEFORE INSERT ON requests FOR EACH ROW EXECUTE FUNCTION plant()`,
      /trigger plant on requests/,
    ],
    ['a rule', 'CREATE RULE quiet AS ON DELETE TO tokens DO INSTEAD NOTHING', /rule quiet on tokens/],
    [
      'a policy',
      'ALTER TABLE queues ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON queues USING (true)',
      /policy mine on queues/,
    ],
    [
      'a column that computes',
      'ALTER TABLE tokens ADD COLUMN more integer DEFAULT (random() * 9)::integer',
      /default of more in tokens/,
    ],
    ['a check', "ALTER TABLE users ADD CONSTRAINT named CHECK (username <> 'x')", /check named of users/],
    ['an index that computes', 'CREATE INDEX extra ON requests (lower(url))', /index extra of requests/],
    [
      'an index that asks a function',
      `CREATE FUNCTION wanted(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
       CREATE INDEX extra ON requests (id) WHERE wanted(id)`,
      /index extra of requests/,
    ],
  ]
  for (const [name, sql, said] of additions) {
    test(`${name}: verify tells, and a start warns`, async (t) => {
      const { flags, run } = await usedDatabase(t)
      await run(sql)
      const { code, stderr } = await runCommand(['verify', ...flags])
      assert.equal(code, 1)
      assert.match(stderr, said)
      const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
      await server.hasPrinted(/something runs in the tables of this PostgreSQL/)
      assert.match(server.stdout, said)
      await server.stop()
    })
  }

  test('views, tables and plain indexes of one’s own are not', async (t) => {
    const { flags, run } = await usedDatabase(t)
    await run(
      'CREATE VIEW shown AS SELECT * FROM queues; CREATE TABLE notes (id integer DEFAULT 1); CREATE INDEX mine ON requests (url)',
    )
    const { code, stderr } = await runCommand(['verify', ...flags])
    assert.equal(code, 0, stderr)
  })
})
