/** Nobody else on the machine can use what Headlock keeps, and no two directories have one database. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  type Ending,
  runCommand,
  startServerProcess,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { NewFile } from '../../src/store/sqlite/file/new-file.ts'
import { othersPermissions } from '../../src/store/sqlite/file/permissions.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

// Windows has no such rights.
const hasModes = process.platform !== 'win32'
/** Without a mode of their own, files of this process and its children are readable by everybody. */
if (hasModes) process.umask(0)

/** `0600` by the path inside the directory, of everything in it and of itself. */
function modes(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true }) as string[]
  return Object.fromEntries(['.', ...paths.sort()].map((path) => [path, modeOf(join(directory, path))]))
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8).padStart(4, '0')
}

async function filled(directory: string): Promise<void> {
  const store = await openSqliteStore({ directory })
  await store.ensureUser({ username: 'headlock' })
  await store.close()
}

async function places(t: Ending): Promise<{ place: string; data: string }> {
  const place = await temporaryDirectory(t)
  chmodSync(place, 0o755)
  return { place, data: join(place, 'data') }
}

if (hasModes) {
  describe('what is made', { concurrency: 4 }, () => {
    test('by a server is for its user alone, whatever the umask', async (t) => {
      const { place } = await places(t)
      const data = join(place, 'deep', 'data')
      const server = await startServerProcess(t, data)
      await server.call('/v2/request-queues?name=pages', { method: 'POST' })
      assert.deepEqual(modes(join(place, 'deep')), {
        '.': '0700',
        data: '0700',
        'data/first-token': '0600',
        'data/headlock.sqlite': '0600',
        'data/headlock.sqlite-shm': '0600',
        'data/headlock.sqlite-wal': '0600',
        'data/server.json': '0600',
        'data/server.lock': '0600',
        'data/server.lock-journal': '0600',
      })
      assert.equal(modeOf(place), '0755', 'a directory that was there is left alone')
    })

    test('by backup, restore, copy and the token commands too', async (t) => {
      const { place, data } = await places(t)
      await filled(data)
      const [file, restored, copied] = [
        join(place, 'b.sqlite'),
        join(place, 'restored'),
        join(place, 'copied'),
      ]
      for (const args of [
        ['backup', file, '--data', data],
        ['restore', file, '--data', restored],
        ['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${copied}`],
        ['token', 'create', '--data', copied],
      ]) {
        const { code, stderr } = await runCommand(args)
        assert.equal(code, 0, stderr)
      }
      assert.deepEqual(new Set(Object.values(modes(restored))), new Set(['0600', '0700']))
      assert.deepEqual(new Set(Object.values(modes(copied))), new Set(['0600', '0700']))
      assert.equal(modeOf(file), '0600')
      assert.equal(modeOf(place), '0755')
    })

    test('as a file that has no name yet, too', async (t) => {
      const { place } = await places(t)
      const file = new NewFile(join(place, 'file'), join(place, 'file.partial'))
      assert.equal(modeOf(file.partial), '0600')
      file.discard()
    })
  })

  describe('a directory that is not private', { concurrency: 4 }, () => {
    test('is made so by a start, which says so once', async (t) => {
      const { data } = await places(t)
      await filled(data)
      chmodSync(data, 0o755)
      for (const name of readdirSync(data)) chmodSync(join(data, name), 0o644)
      const server = await startServerProcess(t, data)
      assert.deepEqual(new Set(Object.values(modes(data))), new Set(['0600', '0700']))
      await server.hasPrinted(/Other users of this machine could use the data directory/)
      const [line] = /.*could use the data directory.*/.exec(server.stdout)!
      assert.match(line, /the directory \(0755\).*headlock\.sqlite \(0644\)/)
      await server.stop()
      const again = await startServerProcess(t, data)
      await again.stop()
      assert.doesNotMatch(again.stdout, /Other users/)
    })

    test('is made so by every command that takes the directory for itself', async (t) => {
      const { place, data } = await places(t)
      await filled(data)
      for (const args of [
        ['verify', '--data', data, '--repair'],
        ['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${join(place, 'copied')}`],
      ]) {
        chmodSync(data, 0o750)
        const { code, stderr } = await runCommand(args)
        assert.equal(code, 0, stderr)
        assert.match(
          stderr,
          /Other users of this machine could use .*Taken from them: the directory \(0750\)/,
        )
        assert.equal(modeOf(data), '0700')
      }
    })

    test('is refused when it is somebody else’s', async (t) => {
      const { data } = await places(t)
      await filled(data)
      const other = process.geteuid!() + 1
      assert.throws(() => othersPermissions(data, other), /belongs to the user \d+.*chown -R \d+ \S+data\)/)
      // Only root can give files away.
      if (process.geteuid!() !== 0) return
      const file = join(data, 'headlock.sqlite')
      for (const path of [file, data]) {
        chownSync(path, other, other)
        const { code, stderr } = await runCommand(['serve', '--data', data])
        assert.equal(code, 1)
        assert.ok(stderr.includes(`${path} belongs to the user ${other}`), stderr)
        assert.ok(stderr.includes(`chown -R 0 ${path}`), stderr)
      }
      assert.equal(statSync(data).uid, other, 'nothing is taken from its owner')
    })
  })
}

describe('one database in two directories', { concurrency: 4 }, () => {
  for (const name of ['headlock.sqlite', 'headlock.sqlite-wal', 'server.lock']) {
    test(`is not served where ${name} is a symbolic link`, async (t) => {
      const { place, data } = await places(t)
      await filled(data)
      const other = join(place, 'other')
      mkdirSync(other)
      symlinkSync(join(data, name), join(other, name))
      const { code, stderr } = await runCommand(['serve', '--data', other])
      assert.equal(code, 1)
      assert.match(stderr, /is a symbolic link\. .* name the directory that it is in with --data/)
      assert.deepEqual(readdirSync(other), [name])
    })
  }

  test('is not served, copied, repaired or given tokens by a second name of its file', async (t) => {
    const { place, data } = await places(t)
    const server = await startServerProcess(t, data)
    const other = join(place, 'other')
    mkdirSync(other)
    linkSync(join(data, 'headlock.sqlite'), join(other, 'headlock.sqlite'))
    for (const args of [
      ['serve', '--data', other],
      ['copy', '--from', `sqlite:${other}`, '--to', `sqlite:${join(place, 'copied')}`],
      ['verify', '--repair', '--data', other],
      ['token', 'create', '--data', other],
    ]) {
      const { code, stderr } = await runCommand(args)
      assert.equal(code, 1)
      assert.match(stderr, /has 2 names \(hard links\)/)
    }
    rmSync(join(other, 'headlock.sqlite'))
    await server.stop()
    await (await startServerProcess(t, data)).stop()
  })

  test('is one when the directories are: a symbolic link leads to the same lock', async (t) => {
    const { place, data } = await places(t)
    const [link, moved] = [join(place, 'link'), join(place, 'moved')]
    mkdirSync(data)
    symlinkSync(data, link)
    const server = await startServerProcess(t, link)
    const second = await runCommand(['serve', '--data', data])
    assert.match(second.stderr, /Another Headlock server is using the directory/)
    // What the link leads to is asked once.
    mkdirSync(moved)
    rmSync(link)
    symlinkSync(moved, link)
    const created = await server.call('/v2/request-queues?name=pages', { method: 'POST' })
    assert.equal(created.status, 201)
    await server.stop()
    assert.deepEqual(readdirSync(moved), [])
    const listed = await startServerProcess(t, data)
    const token = server.firstToken
    assert.equal((await listed.call('/v2/request-queues/~pages', { token })).status, 200)
  })

  test('a restore that was killed between two names of its file is no second directory', async (t) => {
    const { data } = await places(t)
    await filled(data)
    linkSync(join(data, 'headlock.sqlite'), join(data, 'headlock.sqlite.partial'))
    await (await startServerProcess(t, data)).stop()
    assert.deepEqual(readdirSync(data).sort(), ['first-token', 'headlock.sqlite', 'server.lock'])
    // Half of a restore that is no name of the database is not touched by a server.
    copyFileSync(join(data, 'headlock.sqlite'), join(data, 'copy'))
    renameSync(join(data, 'copy'), join(data, 'headlock.sqlite.partial'))
    await (await startServerProcess(t, data)).stop()
    assert.ok(readdirSync(data).includes('headlock.sqlite.partial'))
  })
})
