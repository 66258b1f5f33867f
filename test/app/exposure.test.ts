import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { describe, test } from 'node:test'
import { exposureOf, ownUrl, reachableOn } from '../../src/app/config/exposure.ts'
import { defaultConfig } from '../../src/app/config/read-config.ts'

function info(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, netmask: '', mac: '', cidr: null }
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' }
}

const interfaces = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  docker0: [info('172.17.0.1')],
  wlan0: [info('192.168.1.5'), info('fd00::5'), info('fe80::5')],
  eth1: [info('203.0.113.7'), info('2001:db8::7')],
}

describe('exposure', () => {
  test('names the addresses of real interfaces, those of containers and the like last', () => {
    const addresses = (listen: string) => reachableOn(listen, interfaces).map(({ address }) => address)
    assert.deepEqual(addresses('0.0.0.0'), ['192.168.1.5', '203.0.113.7', '172.17.0.1'])
    assert.deepEqual(addresses('::'), ['192.168.1.5', '203.0.113.7', 'fd00::5', '2001:db8::7', '172.17.0.1'])
    assert.deepEqual(addresses('203.0.113.7'), ['203.0.113.7'])
    assert.deepEqual(addresses('198.51.100.1'), [])
  })

  test('says which are public', () => {
    const isPublic = reachableOn('::', interfaces).map((found) => [found.address, found.isPublic])
    assert.deepEqual(Object.fromEntries(isPublic), {
      '192.168.1.5': false,
      'fd00::5': false,
      '172.17.0.1': false,
      '203.0.113.7': true,
      '2001:db8::7': true,
    })
  })

  test('takes the first of them for the base URL, and that of this machine where there is none', () => {
    const exposure = { protection: 'none', addresses: reachableOn('0.0.0.0', interfaces) } as const
    assert.equal(ownUrl('0.0.0.0', 4747, exposure), 'http://192.168.1.5:4747')
    assert.equal(ownUrl('0.0.0.0', 4747, { ...exposure, addresses: [] }), 'http://127.0.0.1:4747')
    assert.equal(ownUrl('::', 4747, { ...exposure, addresses: [] }), 'http://[::1]:4747')
    assert.equal(ownUrl('queues.lan', 4747, exposure), 'http://queues.lan:4747')
  })

  test('loopback needs no protection, because only this machine reaches it', async () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) {
      assert.deepEqual(await exposureOf({ ...defaultConfig(), host }), { protection: null, addresses: [] })
    }
  })

  const refused = {
    name: 'ConfigError',
    message: /^Other machines can reach the server on \S+ \(--host, HEADLOCK_HOST\)/,
  }
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    test(`on ${host} a setting has to say what protects the tokens`, async () => {
      const config = { ...defaultConfig(), host }
      await assert.rejects(exposureOf(config), refused)
      await assert.rejects(exposureOf({ ...config, publicUrl: 'http://queues.example.com' }), refused)
      const protectionOf = async (settings: object) =>
        (await exposureOf({ ...config, ...settings })).protection
      assert.equal(await protectionOf({ publicUrl: 'https://queues.example.com' }), 'proxy')
      assert.equal(await protectionOf({ trustedProxies: ['10.0.0.1'] }), 'proxy')
      assert.equal(await protectionOf({ insecureHttp: true }), 'none')
    })
  }
})
