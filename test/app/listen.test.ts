import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { fastify } from 'fastify'
import { drain, listen, localHost, urlOn } from '../../src/app/threads/listen.ts'

describe('listening', () => {
  test('on port 0 tells the port the system chose', async () => {
    const app = fastify()
    const port = await listen(app, '127.0.0.1', 0)
    assert.ok(port > 0)
    await app.close()
  })

  test('on a port in use names the port and the flag', async () => {
    const first = fastify()
    const second = fastify()
    const port = await listen(first, 'localhost', 0)
    await assert.rejects(listen(second, 'localhost', port), {
      message: new RegExp(`^Port ${port} on localhost is in use .* --port`),
    })
    await Promise.all([first.close(), second.close()])
  })

  test('on an unknown host name says what to do', async () => {
    const app = fastify()
    await assert.rejects(listen(app, 'no-such-host.invalid', 0), {
      message: /^no-such-host\.invalid is not an address of this machine\. Choose one with --host/,
    })
    await app.close()
  })

  test('returns the URL at which this machine reaches it', () => {
    const localUrl = (host: string, port: number) => urlOn(localHost(host), port)
    assert.equal(localUrl('127.0.0.1', 4747), 'http://127.0.0.1:4747')
    assert.equal(localUrl('localhost', 80), 'http://localhost:80')
    assert.equal(localUrl('0.0.0.0', 4747), 'http://127.0.0.1:4747')
    assert.equal(localUrl('::', 4747), 'http://[::1]:4747')
    assert.equal(localUrl('fe80::1', 4747), 'http://[fe80::1]:4747')
    assert.equal(urlOn('localhost', 443, 'https'), 'https://localhost:443')
  })
})

describe('draining', () => {
  test('cuts a call that takes too long', async () => {
    const app = fastify()
    const begun = Promise.withResolvers<void>()
    app.get('/', () => {
      begun.resolve()
      return new Promise(() => {})
    })
    const port = await listen(app, '127.0.0.1', 0)
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await begun.promise
    const cut = once(socket, 'close')
    await drain(app, 10)
    await cut
  })
})
