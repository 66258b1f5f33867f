import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { createLogger } from '../../src/cli/logger.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')

/** A pipe that is read only when a test does. */
async function unreadPipe(t: Parameters<typeof temporaryDirectory>[0]): Promise<number> {
  const path = join(await temporaryDirectory(t), 'pipe')
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  t.after(() => closeSync(pipe))
  return pipe
}

/** What is in the pipe; empty when nothing is. */
function readAll(pipe: number): string {
  const buffer = Buffer.alloc(1 << 20)
  let text = ''
  for (;;) {
    try {
      text += buffer.toString('utf8', 0, readSync(pipe, buffer))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      return text
    }
  }
}

function fill(pipe: number): void {
  for (const size of [4096, 1]) {
    try {
      for (;;) writeSync(pipe, 'x'.repeat(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

test('a server whose log nobody reads ends when it is asked to', async (t) => {
  const pipe = await unreadPipe(t)
  const data = await temporaryDirectory(t)
  const server = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', data], {
    stdio: ['ignore', pipe, 'inherit'],
  })
  t.after(() => server.kill('SIGKILL'))
  let text = ''
  while (!/ is ready at \S+\n/.test(text)) {
    assert.equal(server.exitCode, null)
    text += readAll(pipe)
    await nextTurn()
  }
  fill(pipe)
  server.kill('SIGTERM')
  const [code, signal] = await once(server, 'exit')
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
})

test('a log that nobody reads has a bound; its reader is told how many lines were lost', async (t) => {
  const pipe = await unreadPipe(t)
  const logger = createLogger('info', false, pipe)
  const filling = 'y'.repeat(10_000)
  const connectionCount = 600
  for (let number = 0; number < connectionCount; number++) logger.info({ number, filling }, 'line')
  let text = ''
  while (!text.includes('"lost":')) {
    text += readAll(pipe)
    await nextTurn()
  }
  const lines = text.split('\n').filter((line) => line !== '')
  const records = lines.map((line) => JSON.parse(line))
  const told = records.pop()
  assert.ok(told.lost > 0)
  assert.equal(records.length + told.lost, connectionCount)
  assert.deepEqual(
    records.map(({ number }) => number),
    records.map((_record, index) => index),
  )
  logger.info('next')
  while (!text.endsWith('"msg":"next"}\n')) {
    text += readAll(pipe)
    await nextTurn()
  }
})
