import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, test } from 'node:test'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { browserOptions } from '../../src/app/config/browsers.ts'
import { createServer, defaultConfig } from '../../src/index.ts'

describe('what browsers may do', () => {
  test('depends on the address that the server listens on, and on its settings', async () => {
    const hostsOf = async (config: object) => (await browserOptions({ ...defaultConfig(), ...config })).hosts
    for (const host of ['127.0.0.1', '127.0.0.5', 'localhost', '::1']) {
      assert.deepEqual(await hostsOf({ host }), [host])
      assert.equal(await hostsOf({ host, publicUrl: 'https://queues.example.com' }), null)
      assert.equal(await hostsOf({ host, trustedProxies: ['127.0.0.1'] }), null)
    }
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'nowhere.invalid'])
      assert.equal(await hostsOf({ host }), null)
  })

  test('sign-ins are shared by servers that are given the same token, and by no others', async () => {
    const keyOf = async (token: string | null) =>
      (await browserOptions({ ...defaultConfig(), token })).signInKey
    const token = 'Zk3vQm8pR1tXw6bNc2L='
    assert.deepEqual(await keyOf(token), await keyOf(token))
    assert.notDeepEqual(await keyOf(token), await keyOf(`${token}x`))
    assert.notDeepEqual(await keyOf(null), await keyOf(null))
    assert.equal((await keyOf(null)).length, 32)
  })

  for (const threads of process.platform === 'linux' ? [1, 2] : [1]) {
    test(`reaches every thread of ${threads}`, async (t) => {
      const server = await createServer({
        port: 0,
        threads,
        logLevel: 'silent',
        dataDirectory: await temporaryDirectory(t),
        corsOrigins: ['https://app.example.com'],
        noQueryToken: true,
      })
      const statusOf = async (path: string, headers: Record<string, string>) => {
        // A connection of its own: another thread may get it.
        const [answer] = (await once(
          request(server.url + path, { headers, agent: false }).end(),
          'response',
        )) as [IncomingMessage]
        answer.resume()
        return [answer.statusCode, answer.headers['access-control-allow-origin']]
      }
      for (let call = 0; call < 8; call++) {
        assert.deepEqual(await statusOf('/v2/users/me', {}), [401, undefined])
        assert.deepEqual(await statusOf('/v2/users/me', { host: 'evil.example.com' }), [403, undefined])
        const origin = 'https://app.example.com'
        assert.deepEqual(await statusOf('/v2/users/me', { origin }), [401, origin])
        assert.deepEqual(await statusOf('/v2/users/me', { origin: 'https://evil.example.com' }), [
          403,
          undefined,
        ])
        assert.deepEqual(await statusOf('/v2/users/me?token=x', {}), [400, undefined])
      }
      await server.close()
    })
  }
})
