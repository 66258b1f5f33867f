/** A server that other machines reach: what it takes to start one, and what the start says about it. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { runCommand, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { createServer } from '../../src/index.ts'

describe('headlock serve, reached by other machines', { concurrency: 4 }, () => {
  test('is refused until somebody says what protects the tokens, and touches nothing before', async (t) => {
    const directory = await temporaryDirectory(t)
    const args = ['serve', '--port', '0', '--data', directory]
    for (const given of [
      { args: ['--host', '0.0.0.0'] },
      { args: ['--host', '::', '--public-url', 'http://queues.example.com'] },
      { args: [], environment: { HEADLOCK_HOST: '0.0.0.0', HEADLOCK_INSECURE_HTTP: 'false' } },
    ]) {
      const { code, stdout, stderr } = await runCommand([...args, ...given.args], given)
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /^Other machines can reach the server on (0\.0\.0\.0|::) /)
      for (const way of ['--tls-cert FILE', '--public-url https://…', '--trust-proxy', '--insecure-http'])
        assert.ok(stderr.includes(way))
      assert.match(stderr, /Without --host, only this machine can reach the server\.\n$/)
    }
    assert.deepEqual(await readdir(directory), [])
    const dataDirectory = directory
    await assert.rejects(createServer({ port: 0, dataDirectory, host: '0.0.0.0' }), { name: 'ConfigError' })
  })

  test('with --insecure-http says loudly who reads along, and names addresses of this machine', async (t) => {
    const flags = ['--host', '0.0.0.0', '--insecure-http']
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
    assert.match(server.stdout, /^WARNING: this is plain HTTP \(--insecure-http\)\. Everybody on the way/m)
    assert.ok(!server.stdout.includes('http://0.0.0.0'))
    assert.equal((await server.call('/v2/users/me')).status, 200)
    const { stdout } = await server.stop()
    assert.match(stdout, /"level":40,.*other machines reach this server by plain HTTP: everybody on the way/)
    const listed = [...stdout.matchAll(/^ {2}(http:\/\/\S+) {2}\w+/gm)].map(([, url]) => url)
    assert.ok(listed.length === 0 || listed[0] === server.url, 'what clients are given is the first of them')
  })

  for (const [flags, clients] of [
    [['--trust-proxy'], 'Clients use the address of the proxy.'],
    [['--trust-proxy', '10.0.0.0/8,fd00::1'], 'Clients use the address of the proxy.'],
    [['--public-url', 'https://queues.example.com'], 'Clients use https://queues.example.com.'],
  ] as const) {
    test(`with ${flags.join(' ')} warns that only the proxy should be able to reach it`, async (t) => {
      const server = await startServerProcess(t, await temporaryDirectory(t), {
        flags: ['--host', '0.0.0.0', ...flags],
      })
      assert.match(server.stdout, /^WARNING: this is plain HTTP, for a proxy that does TLS\./m)
      assert.ok(server.stdout.includes(clients), server.stdout)
    })
  }

  test('on loopback says nothing of all that', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t))
    const { stdout } = await server.stop()
    assert.doesNotMatch(stdout, /WARNING|"level":40/)
  })

  test('--trust-proxy alone believes a proxy on this machine', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags: ['--trust-proxy'] })
    const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'queues.example.com' }
    const answer = await server.call('/v2/request-queues?name=a', { method: 'POST', headers })
    const { data } = (await answer.json()) as { data: { consoleUrl: string } }
    assert.ok(data.consoleUrl.startsWith('https://queues.example.com/console/'))
  })
})
