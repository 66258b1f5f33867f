/** `headlock backup` and `headlock restore` as a person runs them. What a backup has in it: test/backup. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { TestQueue } from '../../harness/conversation.ts'
import { hasStrace } from '../../harness/faults/disk-faults.ts'
import {
  type Ending,
  runCommand,
  startServerProcess,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')

/** A data directory with a queue of so many requests, and a place beside it. */
async function filled(t: Ending, requests = 10): Promise<{ data: string; place: string; file: string }> {
  const place = await temporaryDirectory(t)
  const data = join(place, 'data')
  const store = await openSqliteStore({ directory: data })
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'pages' })
  const client = new TestQueue(store, userId, { queueId: queue.id }).client('client')
  for (let number = 0; number < requests; number += 1000) {
    const count = Math.min(1000, requests - number)
    await client.add(...Array.from({ length: count }, (_, index) => `page-${number + index}`))
  }
  await store.close()
  return { data, place, file: join(place, 'backup.sqlite') }
}

describe('headlock backup', { concurrency: 4 }, () => {
  test('of a running server, restored, is that server as it was', async (t) => {
    const place = await temporaryDirectory(t)
    const file = join(place, 'backup.sqlite')
    const server = await startServerProcess(t, join(place, 'data'))
    await server.call('/v2/request-queues?name=pages', { method: 'POST' })
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'home' })
    await server.call('/v2/request-queues/~pages/requests', { method: 'POST', body })
    const locked = await server.call('/v2/request-queues/~pages/head/lock?lockSecs=3600&clientKey=a', {
      method: 'POST',
    })
    const { data } = (await locked.json()) as { data: { items: { lockExpiresAt: string }[] } }

    const backup = await runCommand(['backup', file, '--data', join(place, 'data')])
    assert.equal(backup.code, 0, backup.stderr)
    assert.equal(backup.stdout, `${file}: 1 MB, complete and verified.\n`)
    assert.deepEqual((await readdir(place)).sort(), ['backup.sqlite', 'data'])
    const verify = await runCommand(['verify', file])
    assert.equal(verify.code, 0, verify.stderr)
    assert.match(
      verify.stdout,
      /^1 user, 1 token, 1 queue, 1 request \(0 handled, 1 locked\)\.\nNo problems found/,
    )
    assert.deepEqual((await readdir(place)).sort(), ['backup.sqlite', 'data'], 'a look leaves nothing behind')

    const restored = join(place, 'restored')
    const restore = await runCommand(['restore', file, '--data', restored])
    assert.equal(restore.code, 0, restore.stderr)
    assert.match(
      restore.stdout,
      /1 request \(0 handled, 1 locked\)\.\nRestored into \S+ and verified\. You can start a server/,
    )
    const again = await startServerProcess(t, restored)
    assert.equal(again.firstToken, null)
    const token = server.firstToken
    const listed = await again.call('/v2/request-queues/~pages/requests', { token })
    const { items } = ((await listed.json()) as { data: { items: { lockExpiresAt: string }[] } }).data
    assert.equal(items[0]!.lockExpiresAt, data.items[0]!.lockExpiresAt)
  })

  test('replaces nothing unless it is told to', async (t) => {
    const { data, file, place } = await filled(t)
    writeFileSync(file, 'mine')
    const refused = await runCommand(['backup', file, '--data', data])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /already exists\. Name another file, or replace it with --overwrite/)
    assert.equal(readFileSync(file, 'utf8'), 'mine')
    const replaced = await runCommand(['backup', file, '--data', data, '--overwrite'])
    assert.equal(replaced.code, 0, replaced.stderr)
    assert.equal((await runCommand(['verify', file])).code, 0)
    assert.deepEqual((await readdir(place)).sort(), ['backup.sqlite', 'data'])
  })

  test('is for its owner alone, whoever may read the database', async (t) => {
    const { data, file } = await filled(t)
    chmodSync(join(data, 'headlock.sqlite'), 0o644)
    await runCommand(['backup', file, '--data', data])
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  test('refuses what cannot work', async (t) => {
    const { data, file, place } = await filled(t)
    writeFileSync(join(place, 'open.sqlite-wal'), '')
    const other = join(place, 'other')
    mkdirSync(other)
    new DatabaseSync(join(other, 'headlock.sqlite')).exec('CREATE TABLE theirs (id INTEGER)')
    const refusals: [args: string[], message: RegExp, code?: number][] = [
      [[file, '--data', join(place, 'nowhere')], /There is no Headlock database in/],
      [[file, '--data', other], /is not a database of Headlock/],
      [[join(place, 'no', 'where'), '--data', data], /There is no directory .*no\. Create it/],
      [[join(data, 'headlock.sqlite'), '--data', data, '--overwrite'], /is a file of the server/],
      [[join(data, 'headlock.sqlite-wal'), '--data', data], /is a file of the server/],
      [[join(place, 'open.sqlite'), '--data', data], /the log of an earlier database/],
      [[place, '--data', data, '--overwrite'], /is not a regular file/],
      [['--data', data], /missing required argument/, 2],
    ]
    for (const [args, message, code = 1] of refusals) {
      const ended = await runCommand(['backup', ...args])
      assert.match(ended.stderr, message)
      assert.equal(ended.code, code)
    }
    const environment = { HEADLOCK_STORE: 'postgres://db.example.com/queues' }
    const postgres = await runCommand(['backup', file], { environment })
    assert.equal(postgres.code, 2)
    assert.match(postgres.stderr, /pg_dump/)
    assert.ok(!existsSync(file))
  })

  test('ctrl-C leaves nothing behind', async (t) => {
    const { data, file, place } = await filled(t, 20_000)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      let end: unknown[]
      do {
        // On a busy machine the backup may be done before the signal is sent.
        rmSync(file, { force: true })
        const seen = new Promise<void>((resolve) => {
          const watcher = watch(place, (_, name) => {
            if (!name?.endsWith('.partial')) return
            watcher.close()
            resolve()
          })
        })
        const child = spawn(process.execPath, [main, 'backup', file, '--data', data], { stdio: 'ignore' })
        const ended = once(child, 'exit')
        // It begins with a file of another name.
        await seen
        child.kill(signal)
        end = await ended
      } while (end[0] === 0)
      assert.deepEqual(end, [null, signal])
      assert.deepEqual(await readdir(place), ['data'])
    }
  })

  // A limit of files stands for a disk that is full; it can be set on Linux alone.
  if (process.platform === 'linux') {
    test('a full disk leaves nothing behind, and what was there before', async (t) => {
      const { data, file, place } = await filled(t, 20_000)
      writeFileSync(file, 'the last one')
      const args = ['--fsize=1000000:', process.execPath, main, 'backup', file, '--data', data, '--overwrite']
      assert.throws(
        () => execFileSync('prlimit', args, { stdio: 'pipe' }),
        (error: { status: number; stderr: Buffer }) => {
          assert.equal(error.status, 1)
          assert.match(
            String(error.stderr),
            /could not be made: .*\. No part of it was left behind\. Remove the cause, then make the backup again\.\n$/,
          )
          return true
        },
      )
      assert.deepEqual((await readdir(place)).sort(), ['backup.sqlite', 'data'])
      assert.equal(readFileSync(file, 'utf8'), 'the last one')
      const restored = join(place, 'restored')
      await runCommand(['backup', file, '--data', data, '--overwrite'])
      const into = ['--fsize=1000000:', process.execPath, main, 'restore', file, '--data', restored]
      assert.throws(() => execFileSync('prlimit', into, { stdio: 'pipe' }), /still contains no database/)
      assert.deepEqual(await readdir(restored), ['server.lock'])
    })
  }
})

// What fails is put on the process from outside.
if (hasStrace()) {
  for (const command of ['backup', 'restore'] as const) {
    test(`a ${command} on a disk that fails when asked to keep a name tells the truth about what is there`, async (t) => {
      const { data, file, place } = await filled(t)
      await runCommand(['backup', file, '--data', data])
      const directory = join(place, 'new')
      const made = join(directory, command === 'backup' ? 'backup.sqlite' : 'headlock.sqlite')
      const args =
        command === 'backup' ? ['backup', made, '--data', data] : ['restore', file, '--data', directory]
      const ends: string[] = []
      // SQLite asks too, on its way, and does without; and the last time nobody asks any more.
      for (let time = 1; time <= 4; time++) {
        rmSync(directory, { recursive: true, force: true })
        mkdirSync(directory, { mode: 0o700 })
        const fault = ['-P', directory, '-e', `inject=fsync:error=EIO:when=${time}`, '-o', '/dev/null']
        const { status, stderr } = spawnSync('strace', [...fault, process.execPath, main, ...args])
        assert.equal(status, stderr.length === 0 ? 0 : 1)
        ends.push(String(stderr))
        assert.equal((await runCommand(['verify', made])).code, 0)
      }
      const [told, ...more] = ends.filter((end) => end !== '')
      assert.match(told!, / a power cut may still remove it(?: from \S+)?: EIO/)
      assert.deepEqual(more, [])
    })
  }
}

describe('headlock restore', { concurrency: 4 }, () => {
  test('replaces no database, and none that a server has', async (t) => {
    const { data, file, place } = await filled(t)
    await runCommand(['backup', file, '--data', data])
    const there = await runCommand(['restore', file, '--data', data])
    assert.equal(there.code, 1)
    assert.match(there.stderr, /already contains a database .*Name a new directory with --data/)
    const server = await startServerProcess(t, data)
    const used = await runCommand(['restore', file, '--data', data])
    assert.equal(used.code, 1)
    assert.match(used.stderr, new RegExp(`Another Headlock server is using .*process ${server.processId}`))
    await server.stop()
    // A log without its database would be taken for that of the restored one.
    const left = join(place, 'left')
    mkdirSync(left)
    writeFileSync(join(left, 'headlock.sqlite-wal'), 'log')
    const stale = await runCommand(['restore', file, '--data', left])
    assert.equal(stale.code, 1)
    assert.match(stale.stderr, /headlock\.sqlite-wal/)
  })

  test('refuses what is no backup, a newer one and a damaged one, and leaves no database', async (t) => {
    const { data, file, place } = await filled(t, 3000)
    await runCommand(['backup', file, '--data', data])
    const bytes = readFileSync(file)
    const named = (name: string) => join(place, name)
    writeFileSync(named('text'), 'no database at all')
    writeFileSync(named('empty'), '')
    writeFileSync(named('cut'), bytes.subarray(0, bytes.length / 2))
    writeFileSync(named('overwritten'), Buffer.from(bytes).fill(0xff, 40_000, 60_000))
    new DatabaseSync(named('other')).exec('CREATE TABLE theirs (id INTEGER)')
    const changed = (name: string, sql: string) => {
      copyFileSync(file, named(name))
      const db = new DatabaseSync(named(name))
      db.exec(sql)
      db.close()
    }
    changed('newer', 'PRAGMA user_version = 999')
    changed('miscounted', 'UPDATE queues SET total_count = 7')
    const refusals: [name: string, message: RegExp][] = [
      ['nothing', /There is no file/],
      ['text', /is not a database of Headlock/],
      ['empty', /is not a database of Headlock/],
      ['other', /is not a database of Headlock/],
      ['cut', /was not restored|is not a database of Headlock/],
      ['overwritten', /was not restored/],
      ['newer', /has schema 999.*written by a newer version/],
      ['miscounted', /was not restored: counts of the queue differ .*Add --repair/],
    ]
    const target = named('target')
    for (const [name, message] of refusals) {
      const ended = await runCommand(['restore', named(name), '--data', target])
      assert.match(ended.stderr, message, name)
      assert.equal(ended.code, 1, name)
      if (existsSync(target)) assert.deepEqual(await readdir(target), ['server.lock'], name)
    }
    const repaired = await runCommand(['restore', named('miscounted'), '--data', target, '--repair'])
    assert.equal(repaired.code, 0, repaired.stderr)
    assert.match(repaired.stdout, /^Repaired queue pages: total 7, there are 3000\n/)
    assert.equal((await runCommand(['verify', '--data', target])).code, 0)
  })

  test('goes on after one that was killed', async (t) => {
    const { data, file, place } = await filled(t)
    await runCommand(['backup', file, '--data', data])
    const target = join(place, 'target')
    mkdirSync(target)
    writeFileSync(join(target, 'headlock.sqlite.partial'), 'half of it')
    const { code, stderr } = await runCommand(['restore', file, '--data', target])
    assert.equal(code, 0, stderr)
    assert.deepEqual((await readdir(target)).sort(), ['headlock.sqlite', 'server.lock'])
  })
})
