import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { Client } from 'pg'
import { fill, newAddress, textOf } from '../../harness/copy/copies.ts'
import { runCommand, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { newSchemaName, testPostgresUrl } from '../../harness/test-postgres.ts'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { ManualClock } from '../../src/store/clock.ts'

const password = 'correct-horse'

function runCopy(from: string, to: string) {
  return runCommand(['copy', '--from', from, '--to', to])
}

describe('headlock copy', { concurrency: 4 }, () => {
  test('copies there and back, tells what it copied, and tokens go on working', async (t) => {
    const directory = await temporaryDirectory(t)
    const server = await startServerProcess(t, directory)
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'home' })
    await server.call('/v2/request-queues?name=pages', { method: 'POST' })
    await server.call('/v2/request-queues/~pages/requests', { method: 'POST', body })
    await server.stop()

    const middle = textOf(await newAddress(t, 'postgres'))
    const there = await runCopy(`sqlite:${directory}`, middle)
    assert.equal(there.code, 0, there.stderr)
    assert.equal(
      there.stdout,
      [
        'QUEUE  REQUESTS  HANDLED  PENDING',
        'pages         1        0        1  copied',
        '1 queue with 1 request, 1 user, 1 token: the counts of source and target agree.',
        '',
      ].join('\n'),
    )
    const end = await temporaryDirectory(t)
    const back = await runCopy(middle, `sqlite:${end}`)
    assert.equal(back.code, 0, back.stderr)

    const after = await startServerProcess(t, end)
    assert.equal(after.firstToken, null)
    const answer = await after.call('/v2/request-queues/~pages', { token: server.firstToken })
    const { data } = (await answer.json()) as { data: { totalRequestCount: number } }
    assert.equal(data.totalRequestCount, 1)
  })

  test('run again says that everything was there', async (t) => {
    const from = await newAddress(t, 'sqlite')
    await fill(from, new ManualClock())
    const to = textOf(await newAddress(t, 'sqlite'))
    await runCopy(textOf(from), to)
    const { code, stdout } = await runCopy(textOf(from), to)
    assert.equal(code, 0)
    assert.equal([...stdout.matchAll(/existed already/g)].length, 4)
    assert.match(
      stdout,
      /^4 queues with 30 requests, 2 users, 3 tokens: the counts of source and target agree/m,
    )
  })

  test('refuses a directory that a server uses, as source and as target', async (t) => {
    const directory = await temporaryDirectory(t)
    const server = await startServerProcess(t, directory)
    const free = await newAddress(t, 'sqlite')
    await fill(free, new ManualClock())
    for (const [from, to] of [
      [`sqlite:${directory}`, `sqlite:${await temporaryDirectory(t)}`],
      [textOf(free), `sqlite:${directory}`],
    ] as const) {
      const { code, stderr } = await runCopy(from, to)
      assert.equal(code, 1)
      assert.match(
        stderr,
        new RegExp(
          `^Another Headlock server is using the directory ${directory} \\(process ${server.processId}\\)`,
          'm',
        ),
      )
      assert.match(stderr, /Stop it, then run the copy again\.\n$/)
    }
  })

  test('refuses a source that is not there, and makes nothing', async (t) => {
    const directory = await temporaryDirectory(t)
    const target = join(directory, 'target')
    const missing = await runCopy(`sqlite:${directory}`, `sqlite:${target}`)
    assert.equal(missing.code, 1)
    assert.match(
      missing.stderr,
      /^There is no Headlock database in \S+\. Name the data directory of your server/,
    )
    const nothing = `${await testPostgresUrl()}?schema=${newSchemaName()}`
    const empty = await runCopy(nothing, `sqlite:${target}`)
    assert.equal(empty.code, 1)
    assert.match(empty.stderr, /^There are no tables of Headlock in postgres:\S+\. Name the schema/)
    // Nothing was made there by either of them.
    mkdirSync(target)
  })

  test('refuses wrong calls with exit code 2', async (t) => {
    const directory = await temporaryDirectory(t)
    const wrong: [args: string[], message: RegExp][] = [
      [[], /required option '--from <ADDRESS>' not specified/],
      [['--from', `sqlite:${directory}`], /required option '--to <ADDRESS>' not specified/],
      [['--from', 'sqlite:', '--to', `sqlite:${directory}`], /^--from was given "sqlite:/],
      [['--from', `sqlite:${directory}`, '--to', directory], /^--to was given /],
      [
        ['--from', `sqlite:${directory}`, '--to', 'mysql://host/db'],
        /^--to was given .*Allowed is sqlite:DIR/,
      ],
      [['--from', `sqlite:${directory}`, '--to', `sqlite:${directory}/.`], /the same store/],
      [
        ['--from', 'postgres://a@host/db', '--to', 'postgresql://b@host:5432/db?schema=headlock'],
        /the same store/,
      ],
      [['--from', 'postgres://a@host/db?schema=A-b', '--to', `sqlite:${directory}`], /^--from was given/],
    ]
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await runCommand(['copy', ...args])
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, message)
    }
  })

  test('never repeats a password', async (t) => {
    const directory = await temporaryDirectory(t)
    const secret = `postgres://me:${password}@127.0.0.1:1/db`
    const calls = [
      ['--from', secret, '--to', `sqlite:${directory}`],
      ['--from', secret, '--to', secret],
      ['--from', `${secret}?schema=A`, '--to', `sqlite:${directory}`],
      ['--from', `postgres://me:${password}@/db`, '--to', secret],
      ['--from', `postgres://127.0.0.1:1/db?password=${password}`, '--to', `sqlite:${directory}`],
      ['--from', `sqlite:${directory}`, `--too=${secret}`],
      ['--from', `sqlite:${directory}`, secret],
    ]
    for (const args of calls) {
      const { code, stdout, stderr } = await runCommand(['copy', ...args])
      assert.ok(code === 1 || code === 2)
      assert.ok(!`${stdout}${stderr}`.includes(password), stderr)
      assert.ok(stderr.length > 0)
    }
  })
})

describe('what cannot be copied from or to', { concurrency: 4 }, () => {
  test('a schema of a newer Headlock', async (t) => {
    const sqlite = await newAddress(t, 'sqlite')
    await fill(sqlite, new ManualClock())
    assert.ok(sqlite.kind === 'sqlite')
    const db = new DatabaseSync(join(sqlite.directory, 'headlock.sqlite'))
    db.exec('PRAGMA user_version = 999')
    db.close()
    await assert.rejects(
      driverAt(sqlite).openTarget(),
      /cannot be copied: The database has schema 999[\s\S]*newer version/,
    )
    await assert.rejects(driverAt(sqlite).openSource(), /another schema than this Headlock knows/)

    const postgres = await newAddress(t, 'postgres')
    await fill(postgres, new ManualClock())
    assert.ok(postgres.kind === 'postgres')
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    await client.query(`UPDATE ${postgres.schema}.schema_version SET version = 999`)
    await client.end()
    await assert.rejects(driverAt(postgres).openTarget(), /schema version 999/)
    await assert.rejects(driverAt(postgres).openSource(), /schema version 999/)
  })

  test('a file of another program, and a file instead of a directory', async (t) => {
    const directory = await temporaryDirectory(t)
    const db = new DatabaseSync(join(directory, 'headlock.sqlite'))
    db.exec('CREATE TABLE other (id INTEGER)')
    db.close()
    await assert.rejects(driverAt({ kind: 'sqlite', directory }).openTarget(), /belongs to another program/)
    const file = join(directory, 'file')
    writeFileSync(file, '')
    await assert.rejects(
      driverAt({ kind: 'sqlite', directory: file }).openTarget(),
      /there is a file in its place/,
    )
  })

  test('the same schema by two addresses, and one that another copy writes to', async (t) => {
    const address = await newAddress(t, 'postgres')
    await fill(address, new ManualClock())
    const source = await driverAt(address).openSource()
    await assert.rejects(driverAt(address).openTarget(), /is being copied from or to already/)
    // Two may read.
    await (await driverAt(address).openSource()).close()
    await source.close()
    const target = await driverAt(address).openTarget()
    await assert.rejects(driverAt(address).openSource(), /Another copy is writing to the schema/)
    await target.close()
  })

  test('a database that cannot be reached', async () => {
    const url = new URL(await testPostgresUrl())
    url.port = '1'
    url.password = password
    const address = { kind: 'postgres', url: url.href, schema: 'headlock' } as const
    assert.ok(!driverAt(address).address.includes(password))
    await assert.rejects(
      driverAt(address).openTarget(),
      /^OperatorError: The database postgres:\S+ cannot be reached: /,
    )
  })
})
