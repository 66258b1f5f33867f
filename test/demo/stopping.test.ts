/** Nothing that the demonstration started outlives it, however it ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { demonstrate } from '../../demo/demonstration.ts'
import { readOptions } from '../../demo/options.ts'

const runScript = join(import.meta.dirname, '../../demo/run.ts')

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-demo-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

for (const flags of [[], ['--polite']]) {
  const name = ['Ctrl-C in the middle of the crawl ends the crawlers and removes the directory', ...flags]
  test(name.join(', '), (t) => stopInTheMiddle(t, flags))
}

async function stopInTheMiddle(t: TestContext, flags: readonly string[]): Promise<void> {
  const directory = await temporaryDirectory(t)
  const demo = spawn(process.execPath, [runScript, ...flags], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => demo.kill('SIGKILL'))
  let output = ''
  const crawling = Promise.withResolvers<void>()
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (/crawler \d: [1-9]/.test(output)) crawling.resolve()
    })
  }
  const closed = once(demo, 'close')
  await Promise.race([crawling.promise, closed])
  assert.equal(demo.exitCode, null, output)
  const pids =
    output
      .match(/processes ([\d, ]+):/)?.[1]
      ?.split(', ')
      .map(Number) ?? []
  assert.equal(pids.length, 3, output)
  for (const pid of pids) process.kill(pid, 0)

  demo.kill('SIGINT')
  const [code] = await closed
  assert.equal(code, 130, output)
  assert.match(output, /Stopped: SIGINT\./)
  assert.deepEqual(await readdir(directory), [])
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
}

test('a crawler that fails is told, and the others are ended', async (t) => {
  const options = { ...readOptions(['--fast'])!, directory: await temporaryDirectory(t) }
  const notes: string[] = []
  const progress = { note: (line: string) => notes.push(line), show: () => {}, stop: () => {} }
  // A lock of no time at all is refused by the server: no crawler can work with that.
  const call = demonstrate({ ...options, lockSecs: 0 }, progress, t.signal)
  await assert.rejects(call, /^Error: Crawler \d ended with exit code 1\.$/, notes.join('\n'))
  assert.match(notes.join('\n'), /crawler \d: .*lockSecs/)
})
