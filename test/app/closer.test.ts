import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Closer } from '../../src/app/closer.ts'

describe('closer', () => {
  test('closes in reverse order, one after the other', async () => {
    const events: string[] = []
    const closer = new Closer()
    closer.add('store', () => {
      events.push('store')
    })
    closer.add('http', async () => {
      events.push('http begins')
      await null
      events.push('http ends')
    })
    await closer.close()
    assert.deepEqual(events, ['http begins', 'http ends', 'store'])
  })

  test('closes the rest when one fails, and reports which one failed', async () => {
    let storeClosed = false
    const closer = new Closer()
    closer.add('the store', () => {
      storeClosed = true
    })
    closer.add('the HTTP server', () => Promise.reject(new Error('stuck')))
    await assert.rejects(closer.close(), { message: 'Closing the HTTP server failed: stuck' })
    assert.ok(storeClosed)
  })

  test('closes once, however often it is asked', async () => {
    let times = 0
    const closer = new Closer()
    closer.add('store', () => {
      times++
    })
    await Promise.all([closer.close(), closer.close()])
    await closer.close()
    assert.equal(times, 1)
  })

  test('reports what takes too long, and keeps waiting for it', async () => {
    const closer = new Closer()
    const { promise: store, resolve: closeStore } = Promise.withResolvers<void>()
    closer.add('the store', () => store)
    closer.add('the server', () => {})
    const reported: string[] = []
    await closer.close({
      afterMs: 1,
      report(name) {
        reported.push(name)
        closeStore()
      },
    })
    assert.deepEqual(reported, ['the store'])
  })
})
