import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { callerNetwork, isLoopback, isNetwork, Networks } from '../../src/http/browsers/addresses.ts'

describe('addresses', () => {
  test('an IPv6 network of 64 bits counts as one caller, however its address is written', () => {
    for (const address of [
      '2001:db8:0:7::1',
      '2001:DB8::7:0:0:0:1',
      '2001:0db8:0000:0007:ffff:ffff:ffff:ffff',
      '2001:db8:0:7:0:0:192.0.2.1',
      '2001:db8:0:7::192.0.2.1',
    ]) {
      assert.equal(callerNetwork(address), '2001:db8:0:7::/64', address)
    }
    assert.equal(callerNetwork('2001:db8:0:8::1'), '2001:db8:0:8::/64')
    assert.equal(callerNetwork('fe80::1%eth0'), 'fe80:0:0:0::/64')
    assert.equal(callerNetwork('::1'), '0:0:0:0::/64')
  })

  test('each IPv4 address is a caller, also when it is written as an IPv6 address', () => {
    assert.equal(callerNetwork('192.0.2.1'), '192.0.2.1')
    assert.equal(callerNetwork('::ffff:192.0.2.1'), '192.0.2.1')
  })

  test('loopback is 127.0.0.0/8 and ::1', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
      assert.ok(isLoopback(address), address)
    for (const address of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'fe80::1', '']) {
      assert.ok(!isLoopback(address), address)
    }
  })

  test('networks are addresses and prefixes', () => {
    for (const text of ['10.0.0.5', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fc00::/7', '2001:db8::/128']) {
      assert.ok(isNetwork(text), text)
    }
    for (const text of [
      '',
      'proxy',
      '10.0.0',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '/8',
      'fe80::1%eth0',
    ]) {
      assert.ok(!isNetwork(text), text)
    }
    const networks = new Networks(['10.0.0.0/8', '192.0.2.7', 'fc00::/7'])
    for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '192.0.2.7', 'fd12::1'])
      assert.ok(networks.has(address), address)
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db8::1', '', 'unknown']) {
      assert.ok(!networks.has(address), address)
    }
  })
})
