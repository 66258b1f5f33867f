/** A directory that is not Headlock's own keeps its rights: it is refused before anything is changed. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  type Ending,
  runCommand,
  startServerProcess,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { DirectoryLock } from '../../src/store/sqlite/file/directory-lock.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

/** Makes a directory with these files, which everybody may use. */
async function made(t: Ending, names: readonly string[], mode = 0o755): Promise<string> {
  const directory = join(await temporaryDirectory(t), 'given')
  mkdirSync(directory)
  for (const name of names) writeFileSync(join(directory, name), '', { mode: 0o644 })
  chmodSync(directory, mode)
  return directory
}

const modeOf = (path: string) => statSync(path).mode & 0o7777
const advice = 'Name another directory with --data. It is created if it does not exist.\n'

// Windows has no such rights.
if (process.platform !== 'win32') {
  describe('a directory that other users may use', { concurrency: 2 }, () => {
    test('is refused by every command when it has other things in it, and is not changed', async (t) => {
      const names = ['cmdline', 'cpuinfo', 'server.crt', 'server.js', 'version']
      const directory = await made(t, names)
      const data = join(await temporaryDirectory(t), 'data')
      await (await openSqliteStore({ directory: data })).close()
      const backup = join(data, 'backup')
      assert.equal((await runCommand(['backup', backup, '--data', data])).code, 0)
      const problem =
        `The directory ${directory} has no Headlock database but other things (cmdline, cpuinfo, server.crt and 2 more), ` +
        'and other users of this machine may use it (mode 0755). A data directory is for one user alone, so it would be ' +
        'taken from them. '
      const calls = {
        [advice]: [
          ['serve', '--port', '0', '--data', directory],
          ['restore', backup, '--data', directory],
        ],
        [advice.replace('--data', '--to')]: [
          ['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${directory}`],
        ],
      }
      for (const [end, commands] of Object.entries(calls)) {
        for (const args of commands) {
          const { code, stderr } = await runCommand(args)
          assert.equal(stderr, problem + end)
          assert.equal(code, 1)
        }
      }
      assert.equal(modeOf(directory), 0o755)
      assert.deepEqual(readdirSync(directory).sort(), names)
      assert.equal(modeOf(join(directory, 'server.js')), 0o644)
    })

    test('is refused when all users share it, as /tmp', async (t) => {
      const directory = await made(t, [], 0o1777)
      const { code, stderr } = await runCommand(['serve', '--port', '0', '--data', directory])
      assert.equal(
        stderr,
        `All users of this machine share the directory ${directory} (mode 1777). A data directory is for one user alone, ` +
          `so it would be taken from them. ${advice}`,
      )
      assert.equal(code, 1)
      assert.equal(modeOf(directory), 0o1777)
      assert.deepEqual(readdirSync(directory), [])
    })

    test('is taken when it is empty, a new file system or one with a database', async (t) => {
      for (const names of [[], ['lost+found'], ['.gitignore'], ['headlock.sqlite', 'notes']]) {
        const directory = await made(t, names)
        DirectoryLock.take(directory).release()
        assert.equal(modeOf(directory), 0o700, names.join())
      }
    })
  })

  test('a directory for one user alone is used with other things in it, which keep their rights', async (t) => {
    const directory = await made(t, ['notes', 'server.js'], 0o700)
    await (await startServerProcess(t, directory)).stop()
    assert.equal(modeOf(join(directory, 'server.js')), 0o644)
    assert.equal(modeOf(join(directory, 'headlock.sqlite')), 0o600)
  })
}
