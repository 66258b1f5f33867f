import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

/** Resolves when `count` entries of the directory begin with the prefix. */
function untilThere(directory: string, prefix: string, count: number): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      const there = readdirSync(directory).filter((name) => name.startsWith(prefix))
      if (there.length < count) return
      watcher.close()
      done()
    }
    const watcher = watch(directory, look)
    look()
  })
}

describe('a comparison that is interrupted', () => {
  for (const [moment, prefix, count] of [
    ['while the revision is unpacked', 'headlock-against-', 1],
    ['while servers of both builds run', 'headlock-bench-', 2],
  ] as const) {
    test(`leaves nothing behind: ${moment}`, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'headlock-interrupt-'))
      t.after(() => rmSync(directory, { recursive: true, force: true }))
      const { HEADLOCK_BENCH_DIRECTORY: _, ...environment } = process.env
      const bench = spawn(process.execPath, ['bench/run.ts', '--against', 'HEAD', '--quick'], {
        cwd: root,
        env: { ...environment, TMPDIR: directory },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      bench.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      const ended = once(bench, 'close')
      await Promise.race([untilThere(directory, prefix, count), ended])
      // From the terminal, and again from npm, which passes it on, while files are being deleted.
      const watcher = watch(directory)
      bench.kill('SIGINT')
      await Promise.race([once(watcher, 'change'), ended])
      watcher.close()
      bench.kill('SIGINT')
      const [code] = await ended
      assert.equal(code, 130, said)
      assert.deepEqual(readdirSync(directory), [])
    })
  }
})
