/** `headlock verify` finds whatever is broken, and `--repair` mends what follows from the rest, without losing anything. */
import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { Client } from 'pg'
import { type Damage, damages, postgresDamages, sqliteDamages } from '../../harness/backup/damage.ts'
import { refuses, TestQueue } from '../../harness/conversation.ts'
import {
  type Ending,
  runCommand,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { VerifyReport } from '../../src/store/maintenance/verify-report.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

const ignore = () => {}
const all = { users: 1, tokens: 0, queues: 1, requests: 12, handled: 4, locked: 4 }

/** Four requests are handled, four locked, four wait, one of those at the head. */
async function fill(store: Store): Promise<void> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'Broken' })
  const client = new TestQueue(store, userId, { queueId: queue.id }).client('client')
  await client.add(...Array.from({ length: 12 }, (_, number) => `page-${number}`))
  await client.lockHead(3600, 8)
  for (const key of ['page-0', 'page-1', 'page-2', 'page-3']) await client.finish(key)
}

interface Place {
  verify(repair: boolean): Promise<VerifyReport>
  run(sql: string): Promise<void>
  open(): Promise<Store>
}

async function sqlitePlace(t: Ending): Promise<Place> {
  const directory = await temporaryDirectory(t)
  const open = () => openSqliteStore({ directory })
  const store = await open()
  await fill(store)
  await store.close()
  return {
    open,
    verify: (repair) => driverAt({ kind: 'sqlite', directory }).verify({ repair, onProgress: ignore }),
    async run(sql) {
      const db = new DatabaseSync(join(directory, 'headlock.sqlite'))
      db.exec(sql)
      db.close()
    },
  }
}

async function postgresPlace(t: Ending): Promise<Place> {
  const address = new URL(await temporaryDatabase(t))
  const schema = address.searchParams.get('schema')!
  address.searchParams.delete('schema')
  const url = address.href
  const open = () => openPostgresStore({ url, schema, connectionsMax: 2 })
  const store = await open()
  await fill(store)
  await store.close()
  return {
    open,
    verify: (repair) => driverAt({ kind: 'postgres', url, schema }).verify({ repair, onProgress: ignore }),
    async run(sql) {
      const client = new Client({ connectionString: url, options: `-c search_path=${schema}` })
      await client.connect()
      await client.query(sql)
      await client.end()
    },
  }
}

function contract(name: string, placeOf: (t: Ending) => Promise<Place>, own: readonly Damage[]): void {
  describe(`verify and repair on ${name}`, { concurrency: 4 }, () => {
    test('nothing is found where nothing is wrong, and nothing is changed', async (t) => {
      const place = await placeOf(t)
      const sound = { damage: [], problems: [], unreadable: [], counts: all, repaired: [] }
      assert.deepEqual(await place.verify(false), sound)
      assert.deepEqual(await place.verify(true), sound)
    })

    test('a queue whose policy cannot be read hands out nothing until it gets another one', async (t) => {
      const place = await placeOf(t)
      await place.run(`UPDATE queues SET policy = '{"rules": 1}', policy_version = 7`)
      const store = await place.open()
      try {
        const { id: userId } = (await store.findUser({ username: 'headlock' }))!
        const params = { userId, queue: { ownerName: null, queueName: 'broken' } }
        const client = new TestQueue(store, userId, params.queue).client('client')
        await client.unlock()
        const head = await client.lockHead(60)
        assert.deepEqual([head.items, head.queueHasLockedRequests], [[], true])
        await refuses(store.getPolicy(params), 'policyDamaged')
        const put = await store.putPolicy({ ...params, document: {}, policy: policyOf({}), version: 7 })
        assert.equal(put.version, 8)
        assert.equal((await client.lockHead(60, 1)).items.length, 1)
      } finally {
        await store.close()
      }
    })

    for (const { name, sqls, said, canBeRepaired } of [...damages, ...own]) {
      test(name, async (t) => {
        const place = await placeOf(t)
        for (const sql of sqls) await place.run(sql)
        const { problems } = await place.verify(false)
        assert.match(problems.join('\n'), said)

        const after = await place.verify(true)
        const again = await place.verify(false)
        assert.deepEqual(again.problems, after.problems)
        assert.deepEqual(again.repaired, [])
        if (!canBeRepaired) {
          assert.match(again.problems.join('\n'), said)
          return
        }
        assert.ok(after.repaired.length > 0)
        assert.deepEqual(again.problems, [])
        const { requests, handled } = again.counts!
        assert.equal(requests, name === 'a row is missing' ? 11 : 12)
        assert.equal(handled, 4)
        await allCanBeTaken(await place.open(), requests - handled)
      })
    }
  })
}

/** Whatever was mended, the queue works: each request that is not handled is given out once, and none is lost. */
async function allCanBeTaken(store: Store, pending: number): Promise<void> {
  try {
    const { id: userId } = (await store.findUser({ username: 'headlock' }))!
    const queue = new TestQueue(store, userId, { ownerName: null, queueName: 'broken' })
    await queue.client('client').unlock()
    const { items } = await queue.client('other').lockHead(60, 1000)
    assert.equal(new Set(items.map(({ id }) => id)).size, pending)
    assert.deepEqual(await store.check(), [])
  } finally {
    await store.close()
  }
}

contract('SQLite', sqlitePlace, sqliteDamages)
contract('PostgreSQL', postgresPlace, postgresDamages)

describe('verify of a data directory', { concurrency: 4 }, () => {
  test('an index that has lost entries is rebuilt from its table', async (t) => {
    const directory = await temporaryDirectory(t)
    const store = await openSqliteStore({ directory })
    await fill(store)
    await store.close()
    const db = new DatabaseSync(join(directory, 'headlock.sqlite'), { defensive: false })
    db.exec(`
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'available_at IS NOT NULL', 'available_at IS NULL')
      WHERE name = 'requests_in_order';
      PRAGMA writable_schema = RESET`)
    db.exec('REINDEX requests_in_order')
    db.exec(`
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'available_at IS NULL', 'available_at IS NOT NULL')
      WHERE name = 'requests_in_order';
      PRAGMA writable_schema = RESET`)
    db.close()
    const broken = await runCommand(['verify', '--data', directory])
    assert.equal(broken.code, 1)
    assert.match(
      broken.stderr,
      /the file is damaged: .*requests_in_order[\s\S]*If only indexes are damaged, --repair helps/,
    )
    const mended = await runCommand(['verify', '--data', directory, '--repair'])
    assert.equal(mended.code, 0, mended.stderr)
    assert.match(mended.stdout, /^Repaired indexes: rebuilt from their tables\n/)
    assert.equal((await runCommand(['verify', '--data', directory])).code, 0)
  })

  test('a page that was overwritten is found, and not repaired', async (t) => {
    const directory = await temporaryDirectory(t)
    const store = await openSqliteStore({ directory })
    await fill(store)
    await store.close()
    const file = join(directory, 'headlock.sqlite')
    const db = new DatabaseSync(file)
    const found = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'requests'").get()!
    const { page_size } = db.prepare('PRAGMA page_size').get()!
    db.close()
    const at = (Number(found['rootpage']) - 1) * Number(page_size)
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, Buffer.alloc(200, 0xff), 0, 200, at)
    closeSync(descriptor)
    for (const flags of [[], ['--repair']]) {
      const { code, stderr } = await runCommand(['verify', '--data', directory, ...flags])
      assert.equal(code, 1)
      assert.match(stderr, /damaged/)
    }
  })

  test('verifies beside a server, repairs only without one', async (t) => {
    const directory = await temporaryDirectory(t)
    const server = await startServerProcess(t, directory)
    await server.call('/v2/request-queues?name=busy', { method: 'POST' })
    const beside = await runCommand(['verify', '--data', directory])
    assert.equal(beside.code, 0, beside.stderr)
    assert.equal(
      beside.stdout,
      '1 user, 1 token, 1 queue, 0 requests (0 handled, 0 locked).\n' +
        'No problems found in the store, its indexes, IDs, order, locks, counts and names.\n',
    )
    const repair = await runCommand(['verify', '--data', directory, '--repair'])
    assert.equal(repair.code, 1)
    assert.match(repair.stderr, /Another Headlock server is using the directory/)
    await server.stop()
    const alone = await runCommand(['verify', '--data', directory, '--repair'])
    assert.equal(alone.code, 0, alone.stderr)
    assert.match(alone.stdout, /^Nothing had to be repaired\.\n/)
  })
})

test('verify of a PostgreSQL by the program', async (t) => {
  const database = await temporaryDatabase(t)
  const missing = await runCommand(['verify', '--store', database])
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /headlock migrate/)
  const server = await startServerProcess(t, await temporaryDirectory(t), { flags: ['--store', database] })
  await server.call('/v2/request-queues?name=busy', { method: 'POST' })
  for (const flags of [[], ['--repair']]) {
    const { code, stdout, stderr } = await runCommand(['verify', '--store', database, ...flags])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /1 user, 1 token, 1 queue, 0 requests/)
  }
})
