/** The program on PostgreSQL: processes that share a database, its migration, and what keeps it from starting. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { PostgresServer } from '../../harness/postgres-server.ts'
import {
  type Ended,
  runCommand,
  type ServerProcess,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { testPostgresSettings } from '../../harness/test-postgres.ts'
import { makeToken } from '../../src/app/tokens/access.ts'

/** More than one thread there is on Linux alone. */
const threadCounts = process.platform === 'linux' ? ['1', '3'] : ['1']
const password = 'hunter2-of-the-tests'

/** The same database with a password, which the server of the tests does not ask for. */
function withPassword(store: string): string {
  const url = new URL(store)
  url.password = password
  return url.href
}

function neverShowsThePassword({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): void {
  assert.ok(!stdout.includes(password), stdout)
  assert.ok(!stderr.includes(password), stderr)
}

async function query(store: string, text: string): Promise<Record<string, unknown>[]> {
  const url = new URL(store)
  const schema = url.searchParams.get('schema')
  url.searchParams.delete('schema')
  const client = new Client({ connectionString: url.href, options: `-c search_path=${schema}` })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** The data of an answer. */
async function dataOf(answer: Promise<Response>): Promise<Record<string, unknown>> {
  return ((await (await answer).json()) as { data: Record<string, unknown> }).data
}

function start(t: TestContext, directory: string, store: string, ...flags: string[]): Promise<ServerProcess> {
  return startServerProcess(t, directory, { flags: ['--store', store, ...flags] })
}

describe('headlock serve --store postgres://…', { concurrency: 2 }, () => {
  for (const threads of threadCounts) {
    test(`keeps everything in the database, with ${threads} threads`, async (t) => {
      const directory = await temporaryDirectory(t)
      const data = join(directory, 'data')
      const store = withPassword(await temporaryDatabase(t))
      const first = await start(t, data, store, '--threads', threads, '--log-level', 'trace')
      const token = first.firstToken
      assert.match(first.stdout, /Its data is in the PostgreSQL database \w+ at \S+:\d+, schema test_\w+\n/)
      assert.ok(first.stdout.includes(':***@'), first.stdout)
      await first.call('/v2/request-queues?name=kept', { method: 'POST' })
      const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'home' })
      const added = await first.call('/v2/request-queues/~kept/requests', { method: 'POST', body })
      assert.equal(added.status, 201)
      neverShowsThePassword(await first.stop())
      assert.equal((await first.ended).code, 0)
      assert.deepEqual(await readdir(data), ['first-token'], 'nothing else is in the data directory')

      const second = await start(t, data, store, '--threads', threads)
      assert.equal(second.firstToken, null)
      assert.equal((await dataOf(second.call('/v2/request-queues/~kept', { token })))['totalRequestCount'], 1)
      neverShowsThePassword(await second.stop())
    })
  }

  test('takes its database from the environment as well', async (t) => {
    const environment = { HEADLOCK_STORE: await temporaryDatabase(t), HEADLOCK_STORE_CONNECTIONS: '2' }
    const server = await startServerProcess(t, await temporaryDirectory(t), { environment })
    assert.match(server.stdout, /Its data is in the PostgreSQL database/)
    assert.equal((await server.call('/v2/request-queues')).status, 200)
  })

  test('several processes on one database are one server to their clients', async (t) => {
    const store = await temporaryDatabase(t)
    const directory = await temporaryDirectory(t)
    const a = await start(t, directory, store)
    const b = await start(t, directory, store, '--threads', threadCounts.at(-1)!)
    assert.equal(b.firstToken, null, 'the first one has made it')
    const token = a.firstToken
    const queue = '/v2/request-queues/~shared'
    await a.call('/v2/request-queues?name=shared', { method: 'POST' })
    const bodies = Array.from({ length: 20 }, (_, index) => ({
      url: `https://example.com/${index}`,
      uniqueKey: `${index}`,
    }))
    await b.call(`${queue}/requests/batch`, { token, method: 'POST', body: JSON.stringify(bodies) })

    const locked: string[] = []
    const take = async (server: ServerProcess, clientKey: string) => {
      const path = `${queue}/head/lock?lockSecs=60&limit=1&clientKey=${clientKey}`
      const data = await dataOf(server.call(path, { token, method: 'POST' }))
      const items = data['items'] as { uniqueKey: string }[]
      locked.push(...items.map(({ uniqueKey }) => uniqueKey))
    }
    await Promise.all(bodies.map((_, index) => take(index % 2 === 0 ? a : b, `client-${index % 2}`)))
    assert.deepEqual(
      locked.toSorted(),
      bodies.map(({ uniqueKey }) => uniqueKey).toSorted(),
      'each was given to one client',
    )
    for (const server of [a, b]) {
      const head = await dataOf(server.call(`${queue}/head`, { token }))
      assert.deepEqual(head['items'], [])
      assert.equal(head['hadMultipleClients'], true)
    }

    // A process that dies takes no lock with it, and gives none free.
    await a.stop('SIGKILL')
    const left = `${queue}/head/lock?lockSecs=60&clientKey=client-2`
    const head = await dataOf(b.call(left, { token, method: 'POST' }))
    assert.deepEqual([head['items'], head['queueHasLockedRequests']], [[], true])
    assert.equal((await dataOf(b.call(queue, { token })))['totalRequestCount'], 20)
  })

  test('ten that start at once on an empty database all come up, with one user', async (t) => {
    const store = await temporaryDatabase(t)
    const directory = await temporaryDirectory(t)
    const token = makeToken()
    const environment = { HEADLOCK_TOKEN: token }
    const flags = ['--store', store, '--threads', '1', '--store-connections', '2']
    const servers = await Promise.all(
      Array.from({ length: 10 }, () => startServerProcess(t, directory, { flags, environment })),
    )
    const answers = servers.map((server) => dataOf(server.call('/v2/users/me', { token })))
    const ids = (await Promise.all(answers)).map((user) => user['id'])
    assert.equal(new Set(ids).size, 1)
    assert.equal((await query(store, 'SELECT * FROM tokens')).length, 1)
    assert.equal((await query(store, 'SELECT * FROM schema_version')).length, 1)
  })
})

describe('headlock token, on PostgreSQL', () => {
  test('makes, lists and revokes tokens beside a running server', async (t) => {
    const store = withPassword(await temporaryDatabase(t))
    const server = await start(t, await temporaryDirectory(t), store)
    const run = async (...args: string[]) => {
      const ended = await runCommand(['token', ...args, '--store', store])
      neverShowsThePassword(ended)
      return ended
    }
    const created = await run('create', '--label', 'nightly')
    assert.equal(created.code, 0, created.stderr)
    const token = created.stdout.trim()
    assert.equal((await server.call('/v2/users/me', { token })).status, 200)
    const listed = await run('list')
    assert.match(listed.stdout, /nightly/)
    const id = /^(\S+) .*nightly$/m.exec(listed.stdout)![1]!
    assert.equal((await run('revoke', id)).code, 0)
    assert.ok(!(await run('list')).stdout.includes('nightly'))

    const again = await run('revoke', id)
    assert.equal(again.code, 1)
    assert.match(again.stderr, /^There is no token with that ID in the PostgreSQL database /)
    const nobody = await run('create', '--username', 'jane')
    assert.equal(nobody.code, 1)
    assert.match(nobody.stderr, /^There is no user jane in the PostgreSQL database /)
  })
})

describe('headlock migrate', { concurrency: 2 }, () => {
  test('runs what is missing, once, however many start it', async (t) => {
    const store = withPassword(await temporaryDatabase(t))
    const runs = await Promise.all(Array.from({ length: 4 }, () => runCommand(['migrate', '--store', store])))
    for (const ended of runs) {
      assert.equal(ended.code, 0, ended.stderr)
      neverShowsThePassword(ended)
    }
    const told = runs.map(({ stdout }) =>
      stdout
        .replace(/the PostgreSQL database .*, schema test_\w+/, 'PLACE')
        .replace(/^\d+ migrations/, 'All migrations'),
    )
    assert.deepEqual(told.sort(), [
      'All migrations ran in PLACE.\n',
      ...Array.from({ length: 3 }, () => 'Nothing to do: PLACE already has the schema of this version.\n'),
    ])
    const server = await start(t, await temporaryDirectory(t), store)
    assert.equal((await server.call('/v2/request-queues')).status, 200)
  })

  test('needs a PostgreSQL', async () => {
    const { code, stderr } = await runCommand(['migrate'])
    assert.equal(code, 2)
    assert.match(
      stderr,
      /^The embedded store needs no migration command: each start of its server migrates it\..*--store postgres:\/\//,
    )
  })

  test('and the server refuse a schema that is newer than they are', async (t) => {
    const store = await temporaryDatabase(t)
    assert.equal((await runCommand(['migrate', '--store', store])).code, 0)
    await query(store, 'UPDATE schema_version SET version = 999')
    for (const args of [['migrate'], ['serve', '--port', '0'], ['token', 'list']]) {
      const { code, stdout, stderr } = await runCommand([...args, '--store', store])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(
        stderr,
        /^The database has schema version 999; .* choose another database with --store\.\n$/,
      )
    }
    assert.deepEqual(await query(store, 'SELECT version FROM schema_version'), [{ version: 999 }])
  })
})

describe('headlock serve, on a PostgreSQL that is not as it should be', { concurrency: 5 }, () => {
  /** One that asks everybody but its administrator for a password. */
  let server: PostgresServer
  let files: string
  const host = () => new URL(server.url).host

  before(async () => {
    files = await mkdtemp(join(tmpdir(), 'headlock-test-'))
    await chmod(files, 0o755)
    const rules = join(files, 'pg_hba.conf')
    await writeFile(rules, 'host all postgres all trust\nhost all all all scram-sha-256\n')
    server = await PostgresServer.start([...testPostgresSettings, `hba_file=${rules}`])
    const admin = `${server.url}?schema=public`
    await query(admin, `CREATE ROLE crawler LOGIN PASSWORD '${password}'`)
    await query(admin, `CREATE ROLE reader LOGIN SUPERUSER PASSWORD '${password}'`)
    await query(admin, 'ALTER ROLE reader SET default_transaction_read_only = on')
  })
  after(async () => {
    await server.discard()
    await rm(files, { recursive: true })
  })

  /** One message, exit code 1, no stack trace. */
  async function refusal(t: TestContext, store: string): Promise<string> {
    const data = await temporaryDirectory(t)
    const ended = await runCommand(['serve', '--port', '0', '--data', data, '--store', store])
    neverShowsThePassword(ended)
    assert.deepEqual([ended.code, ended.stdout], [1, ''])
    assert.match(ended.stderr, /^.*\n$/, 'one line')
    return ended.stderr.trimEnd()
  }

  test('warns, once, that what is acknowledged may not survive a loss of power, and runs', async (t) => {
    const flags = ['--store', `${server.url}?schema=risky`, '--threads', '2', '--log-level', 'warn']
    const running = await startServerProcess(t, await temporaryDirectory(t), { flags })
    const { code, stdout } = await running.stop()
    assert.equal(code, 0)
    const warnings = stdout.match(/this PostgreSQL runs with fsync and full_page_writes off: /g)
    assert.equal(warnings?.length, 1, stdout)
  })

  test('says that the password is wrong', async (t) => {
    assert.equal(
      await refusal(t, `postgres://crawler:not-${password}@${host()}/postgres`),
      `The PostgreSQL database postgres at ${host()} cannot be used: it refuses the login as crawler ` +
        '(password authentication failed for user "crawler"). ' +
        'Correct the user and the password in --store or HEADLOCK_STORE, or allow them in its pg_hba.conf.',
    )
  })

  test('says that a password is missing', async (t) => {
    assert.equal(
      await refusal(t, `postgres://crawler@${host()}/postgres`),
      `The PostgreSQL database postgres at ${host()} cannot be used: it asks for a password as crawler, ` +
        'but none was given. Put the password into HEADLOCK_STORE or PGPASSWORD.',
    )
  })

  test('says that there is no such database', async (t) => {
    assert.equal(
      await refusal(t, `postgres://crawler:${password}@${host()}/crawls`),
      `The PostgreSQL database crawls at ${host()} cannot be used: there is no such database. ` +
        'Create it, for example with "createdb crawls", or name another one with --store.',
    )
  })

  test('says that the user may not create a schema', async (t) => {
    assert.equal(
      await refusal(t, `postgres://crawler:${password}@${host()}/postgres`),
      `The PostgreSQL database postgres at ${host()} cannot be used: the user does not have the rights that are needed ` +
        '(permission denied for database postgres). ' +
        'Allow the user to create a schema: GRANT CREATE ON DATABASE postgres TO crawler.',
    )
  })

  test('says that it is read-only', async (t) => {
    assert.equal(
      await refusal(t, `postgres://reader:${password}@${host()}/postgres`),
      `The PostgreSQL database postgres at ${host()} cannot be used: it is read-only, perhaps because it is a standby. ` +
        'Name the primary with --store.',
    )
  })

  test('says that nothing listens there', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await new Promise((resolve) => other.close(resolve))
    assert.equal(
      await refusal(t, `postgres://crawler:${password}@127.0.0.1:${port}/crawls`),
      `The PostgreSQL database crawls at 127.0.0.1:${port} cannot be used: nothing listens there. ` +
        'Start it, or correct the host and port in --store or HEADLOCK_STORE.',
    )
  })

  test('says that the server does not answer', async (t) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    t.after(() => silent.close())
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as { port: number }
    assert.match(
      await refusal(t, `postgres://crawler:${password}@127.0.0.1:${port}/crawls`),
      /cannot be used: it does not answer\. Check that it runs/,
    )
  })

  test('says that the host name cannot be resolved', async (t) => {
    assert.match(
      await refusal(t, `postgres://crawler:${password}@no-such-host.invalid/crawls`),
      /^The PostgreSQL database crawls at no-such-host\.invalid:5432 cannot be used: the host name no-such-host\.invalid cannot be resolved/,
    )
  })

  test('refuses a URL that is none, without its password', async () => {
    for (const store of [`mysql://crawler:${password}@db/crawls`, `postgres://crawler:${password}`]) {
      const ended = await runCommand(['serve', '--store', store])
      neverShowsThePassword(ended)
      assert.equal(ended.code, 2)
      assert.match(
        ended.stderr,
        /^--store was given "(mysql|postgres):\*\*\*"\. Allowed is sqlite, or postgres:/,
      )
    }
  })
})
