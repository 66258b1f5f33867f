import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { runCommand, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'

const paused = { paused: true, rules: [{ hosts: '*', delaySecs: 0.5 }] }

/** A server with the queue `crawl`, and the command for it. */
async function start(t: TestContext) {
  const directory = await temporaryDirectory(t)
  const data = join(directory, 'data')
  const server = await startServerProcess(t, data)
  const token = server.firstToken!
  const created = await server.call('/v2/request-queues?name=crawl', { method: 'POST' })
  const { data: queue } = (await created.json()) as { data: { id: string } }
  const environment = { HEADLOCK_URL: server.url, HEADLOCK_TOKEN: token }
  const policy = (...args: string[]) => runCommand(['policy', ...args], { environment })
  const file = async (content: string) => {
    const path = join(directory, 'policy.json')
    await writeFile(path, content)
    return path
  }
  return { directory, data, token, queueId: queue.id, environment, policy, file }
}

describe('headlock policy', { concurrency: 4 }, () => {
  test('prints, replaces and removes the policy of a queue', async (t) => {
    const { policy, file, queueId } = await start(t)
    const path = await file(`// slow\n${JSON.stringify(paused).replace(/}$/, ',}')}`)
    const printed = async (...args: string[]) => {
      const { code, stdout, stderr } = await policy(...args)
      assert.equal(code, 0, stderr)
      return [JSON.parse(stdout), stderr]
    }
    assert.deepEqual(await printed('crawl'), [{}, 'This is version 0.\n'])
    assert.deepEqual(await printed('crawl', '--set', path), [paused, 'It was replaced. This is version 1.\n'])
    for (const address of ['crawl', '~crawl', 'headlock~crawl', queueId]) {
      assert.deepEqual(await printed(address), [paused, 'This is version 1.\n'])
    }
    assert.deepEqual(await printed('crawl', '--delete', '--if-version', '1'), [
      {},
      'It was removed. This is version 2.\n',
    ])
  })

  test('--set - reads standard input', async (t) => {
    const { environment, policy } = await start(t)
    const main = resolve(import.meta.dirname, '../../src/main.ts')
    const child = spawn(process.execPath, [main, 'policy', 'crawl', '--set', '-'], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end(JSON.stringify(paused))
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(stdout), paused)
    assert.deepEqual(JSON.parse((await policy('crawl')).stdout), paused)
  })

  test('what is wrong is said, with exit code 1, and nothing is changed', async (t) => {
    const { policy, file } = await start(t)
    const fails = async (args: string[], message: RegExp) => {
      const { code, stdout, stderr } = await policy(...args)
      assert.equal(code, 1, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, message)
    }
    const path = await file('{\n  "paused": yes\n}')
    await fails(
      ['crawl', '--set', path],
      /policy\.json is not JSON: line 2, column 13: this is not a value of JSON/,
    )
    await fails(['crawl', '--set', `${path}.missing`], /missing cannot be read: ENOENT/)
    await file('{"pause": true}')
    await fails(
      ['crawl', '--set', path],
      /^Invalid input: pause is not a field of a policy: allowed are groupBy/,
    )
    await file('{}')
    await fails(
      ['crawl', '--set', path, '--if-version', '3'],
      /^The policy was changed meanwhile: .* version 0\./,
    )
    await fails(
      ['nowhere'],
      /^Request Queue was not found\. Name the queue by its ID, its name, or USER~NAME\.$/m,
    )
    await fails(['crawl', '--token', 'wrong'], /^Authentication token is not valid.*HEADLOCK_TOKEN/)
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    await fails(
      ['crawl', '--url', `http://127.0.0.1:${port}`],
      /cannot be reached: connect ECONNREFUSED .* --url\.$/m,
    )
    assert.equal((await policy('crawl')).stderr, 'This is version 0.\n')
  })

  test('a wrong call has exit code 2', async () => {
    const wrong: [args: string[], message: RegExp][] = [
      [[], /missing required argument 'QUEUE'/],
      [['q', '--set', 'f', '--delete'], /^--set and --delete were both given\./],
      [['q', '--if-version', '1'], /^--if-version was given, but nothing is to be changed\./],
      [['q', '--delete', '--if-version', 'x'], /^--if-version was given "x"\./],
      [['q', '--url', 'localhost:4747'], /^"localhost:4747" is not the address of a server\./],
      [['q'], /^No token was given\. Put a token of the server into HEADLOCK_TOKEN\./],
    ]
    for (const [args, message] of wrong) {
      const { code, stderr } = await runCommand(['policy', ...args], {
        environment: { HEADLOCK_TOKEN: '', APIFY_TOKEN: '' },
      })
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
    }
  })

  test('a policy is in a backup, and there again after a restore', async (t) => {
    const { directory, data, policy, file, token } = await start(t)
    assert.equal((await policy('crawl', '--set', await file(JSON.stringify(paused)))).code, 0)
    const backup = join(directory, 'backup.sqlite')
    const restored = join(directory, 'restored')
    for (const args of [
      ['backup', backup, '--data', data],
      ['restore', backup, '--data', restored],
    ]) {
      const { code, stderr } = await runCommand(args)
      assert.equal(code, 0, stderr)
    }
    const again = await startServerProcess(t, restored)
    const { code, stdout, stderr } = await runCommand(['policy', 'crawl'], {
      environment: { HEADLOCK_URL: again.url, HEADLOCK_TOKEN: token },
    })
    assert.equal(code, 0, stderr)
    assert.deepEqual([JSON.parse(stdout), stderr], [paused, 'This is version 1.\n'])
  })
})
