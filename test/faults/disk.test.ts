/** A full and a read-only disk under a working server. torture/kinds/disks.ts runs this for longer. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { fullDisk, hasStrace, readOnlyDisk, slowDisk } from '../../harness/faults/disk-faults.ts'
import { playDiskRound } from '../../harness/faults/disk-rounds.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')

// A limit can be put on a running process, and taken from it, on Linux alone.
if (process.platform === 'linux') {
  test('disks that are full and read-only under load: nothing acknowledged is lost, and no restart needed', async (t) => {
    const random = new Random()
    t.diagnostic(`seed ${random.seed}; repeat with: npm test -- faults/disk --seed ${random.seed}`)
    let faults = 0
    let felt = 0
    const outcome = await playDiskRound(await temporaryDirectory(t), random, {
      faults: [fullDisk, readOnlyDisk],
      times: 3,
      clientCount: 8,
      bodyBytes: 8_000,
      killShare: 0.3,
      onFault(_, wasFelt) {
        faults++
        if (wasFelt) felt++
      },
    })
    assert.equal(faults, 3)
    assert.ok(felt > 0, 'calls were refused while a fault was there')
    t.diagnostic(
      `${felt} faults felt, ${outcome.acknowledgedCount} calls acknowledged, ${outcome.refusedCount} refused`,
    )
  })

  if (hasStrace()) {
    test('a fault that cannot be inflicted on a process is an error', async () => {
      const gone = spawnSync(process.execPath, ['--version'])
      await assert.rejects(slowDisk.begin(gone.pid, 'any', new Random()), /strace did not attach itself/)
    })
  }

  test('a start that cannot write says so, and changes nothing', async (t) => {
    const directory = await temporaryDirectory(t)
    const data = join(directory, 'data')
    const store = await openSqliteStore({ directory: data })
    await store.ensureUser({ username: 'headlock' })
    await store.close()
    const before = readdirSync(data)
    const args = ['--fsize=0:', process.execPath, main, 'serve', '--port', '0', '--data']
    assert.throws(
      () => execFileSync('prlimit', [...args, data], { stdio: 'pipe' }),
      (error: { status: number; stderr: Buffer }) => {
        assert.equal(error.status, 1)
        assert.match(String(error.stderr), /cannot be opened|disk I\/O error|cannot be used/)
        return true
      },
    )
    assert.deepEqual(
      readdirSync(data).filter((name) => !before.includes(name) && !/-(wal|shm)$|\.lock|\.json$/.test(name)),
      [],
    )
    const again = await openSqliteStore({ directory: data })
    t.after(() => again.close())
    assert.deepEqual(await again.check(), [])
    assert.notEqual(await again.findUser({ username: 'headlock' }), null)
  })
}
