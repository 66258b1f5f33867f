import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { page } from '../../harness/http/caller.ts'
import {
  runCommand,
  type ServerProcess,
  startCommand,
  startServerProcess,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { type FigureEvent, pictureOf } from '../../src/cli/watch-text.ts'

/** A server with the queue `crawl`. */
async function start(t: TestContext) {
  const data = join(await temporaryDirectory(t), 'data')
  const server = await startServerProcess(t, data)
  const token = server.firstToken!
  await server.call('/v2/request-queues?name=crawl', { method: 'POST' })
  return { data, server, token, environment: { HEADLOCK_URL: server.url, HEADLOCK_TOKEN: token } }
}

async function add(server: ServerProcess, token: string, key: string): Promise<void> {
  const path = '/v2/request-queues/~crawl/requests?clientKey=test'
  const answer = await server.call(path, { method: 'POST', body: JSON.stringify(page(key)), token })
  assert.equal(answer.status, 201)
}

/** Adds requests until the program ends. Returns how many. */
async function addUntil(ended: Promise<unknown>, server: ServerProcess, token: string): Promise<number> {
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  let count = 0
  for (; !isOver; count++) await add(server, token, `page-${count}`)
  return count
}

describe('headlock watch', { concurrency: 4 }, () => {
  test('prints a line for each second, and ends after as many as were asked for', async (t) => {
    const { server, token, environment } = await start(t)
    const ended = runCommand(['watch', 'crawl', '--count', '4'], { environment })
    const added = await addUntil(ended, server, token)
    const { code, stdout, stderr } = await ended
    assert.deepEqual([code, stderr], [0, ''])
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, 4)
    const pattern =
      /^(\S+Z): added (\d+), handed out 0, handled 0, given back 0, ran out 0, failed 0; pending (\d+), locked 0, handled 0 of (\d+)$/
    const seconds = lines.map((line) => {
      const [, at, ...counts] = pattern.exec(line) ?? assert.fail(line)
      return { at: Date.parse(at!) / 1000, counts: counts.map(Number) }
    })
    for (const [index, { at }] of seconds.entries()) assert.equal(at, seconds[0]!.at + index)
    const shown = seconds.reduce((sum, { counts: [inSecond] }) => sum + inSecond!, 0)
    assert.ok(shown > 0 && shown <= added, `${shown} of ${added}`)
  })

  test('on a terminal draws one picture over the other', async (t) => {
    const { server, token, environment } = await start(t)
    await add(server, token, 'a')
    const { code, stdout } = await runCommand(['watch', '~crawl', '--count', '2'], {
      environment,
      onTerminal: true,
    })
    assert.equal(code, 0)
    const pictures = stdout.split('\u001b[10A')
    assert.equal(pictures.length, 2)
    for (const picture of pictures) {
      assert.match(picture, /^~crawl {3}\d\d:\d\d:\d\d UTC/)
      assert.match(picture, /0 of 1 handled \(0%\)/)
      assert.equal(picture.split('\n').length, 11)
    }
  })

  test('goes on when the server was away', async (t) => {
    const { data, server, environment, token } = await start(t)
    const { port } = new URL(server.url)
    const watching = startCommand(['watch', 'crawl', '--count', '5'], { environment })
    t.after(() => watching.child.kill())
    await watching.hasPrinted(/added/)
    await server.stop()
    await watching.hasSaid(/The connection was lost\. Trying again\.\n/)
    const again = await startServerProcess(t, data, { flags: ['--port', port] })
    await addUntil(watching.ended, again, token)
    const { code, stdout } = await watching.ended
    assert.equal(code, 0)
    assert.equal(stdout.trimEnd().split('\n').length, 5)
    assert.match(stdout, /added [1-9]/)
  })

  test('ends with the queue, and says why', async (t) => {
    const { server, environment, token } = await start(t)
    const watching = startCommand(['watch', 'crawl'], { environment })
    t.after(() => watching.child.kill())
    await watching.hasPrinted(/added/)
    await server.call('/v2/request-queues/~crawl', { method: 'DELETE', token })
    const { code, stderr } = await watching.ended
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^Request Queue was not found\. The queue was deleted, or the token was revoked\.\n$/,
    )
  })

  test('what is wrong is said at once', async (t) => {
    const { environment } = await start(t)
    const cases: [args: string[], code: number, message: RegExp][] = [
      [['nowhere'], 1, /^Request Queue was not found\. Name the queue by its ID, its name, or USER~NAME\.$/m],
      [['crawl', '--token', 'wrong'], 1, /^Authentication token is not valid.*HEADLOCK_TOKEN/],
      [['crawl', '--url', 'http://127.0.0.1:1'], 1, /cannot be reached: .* --url\.$/m],
      [['crawl', '--count', '0'], 2, /^--count was given "0"\. Allowed is a whole number from 1\.$/m],
      [[], 2, /missing required argument 'QUEUE'/],
    ]
    for (const [args, code, message] of cases) {
      const ended = await runCommand(['watch', ...args], { environment })
      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stderr, message)
    }
  })
})

test('the picture has rates of ten seconds, a chart of a minute, and the time to empty', () => {
  const none = { added: 0, handedOut: 0, handled: 0, givenBack: 0, ranOut: 0, failed: 0 }
  const events = Array.from({ length: 70 }, (_, index): FigureEvent => {
    const handled = index < 60 ? 0 : index - 59
    const counts = { pending: 1100, locked: 25, handledCount: 2900, totalCount: 4000 }
    return { at: '2026-11-26T13:55:43.000Z', ...none, handled, ...counts }
  })
  assert.deepEqual(pictureOf('crawl', events), [
    'crawl   13:55:43 UTC',
    `${'█'.repeat(22)}${'░'.repeat(8)} 2,900 of 4,000 handled (72%)`,
    'pending 1,100   locked 25   empty in 3 min',
    '',
    `added            0.0/s  ${' '.repeat(60)}`,
    `handed out       0.0/s  ${' '.repeat(60)}`,
    `handled          5.5/s  ${' '.repeat(50)}▁▂▃▄▄▅▆▇██`,
    `given back       0.0/s  ${' '.repeat(60)}`,
    `ran out          0.0/s  ${' '.repeat(60)}`,
    `failed           0.0/s  ${' '.repeat(60)}`,
  ])
})
