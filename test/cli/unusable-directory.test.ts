/** A directory that cannot be made is refused at once, by every command that would make it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runBounded } from '../../harness/bounded-run.ts'
import { runCommand, temporaryDirectory } from '../../harness/server-process.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

// The root of /proc answers ENOENT when a directory is to be made in it, although it is there itself.
if (process.platform === 'linux') {
  test('a data directory in a file system that lets nobody make one', async (t) => {
    const place = await temporaryDirectory(t)
    const data = join(place, 'data')
    const store = await openSqliteStore({ directory: data })
    await store.close()
    const backup = join(place, 'backup.sqlite')
    assert.equal((await runCommand(['backup', backup, '--data', data])).code, 0)

    for (const directory of ['/proc/headlock', '/proc/headlock/data']) {
      const serving = runBounded(['serve', '--port', '0', '--data', directory])
      const restoring = runBounded(['restore', backup, '--data', directory])
      for (const { status, stderr } of [serving, restoring]) {
        assert.equal(status, 1, stderr)
        assert.equal(
          stderr,
          `The data directory ${directory} cannot be used: its file system does not allow a new directory there. ` +
            'Choose a directory that this user may write to with --data.\n',
        )
      }
      const copying = runBounded(['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${directory}`])
      assert.equal(copying.status, 1, copying.stderr)
      assert.match(
        copying.stderr,
        /cannot be made: its file system does not allow .*Name another directory with --to\.\n$/,
      )
      const backingUp = runBounded(['backup', `${directory}/backup.sqlite`, '--data', data])
      assert.equal(backingUp.status, 1, backingUp.stderr)
      assert.match(backingUp.stderr, /^There is no directory \/proc\/headlock/)
    }
    const inside = runBounded(['backup', '/proc/headlock', '--data', data])
    assert.equal(inside.status, 1, inside.stderr)
    assert.match(inside.stderr, /^The backup \/proc\/headlock cannot be written: .* Name another file/)
  })
}
