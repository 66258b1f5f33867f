import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { startUpkeep } from '../../src/app/upkeep.ts'

const silent = { info() {}, error() {} }

describe('upkeep', () => {
  test('expires queues once a minute', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const expireQueues = mock.fn(async () => 0)
    const upkeep = startUpkeep({ store: { expireQueues }, retentionMs: 1234, logger: silent })
    t.mock.timers.tick(59_999)
    await upkeep.tidy()
    assert.equal(expireQueues.mock.callCount(), 1, 'only the round that was asked for')
    t.mock.timers.tick(1)
    await upkeep.tidy()
    assert.equal(expireQueues.mock.callCount(), 3)
    await upkeep.stop()
    t.mock.timers.tick(120_000)
    assert.equal(expireQueues.mock.callCount(), 3)
  })

  test('passes the retention on and logs what it deleted', async () => {
    const info = mock.fn()
    const steps = [2, 1]
    const expireQueues = mock.fn(async (_: { retentionMs: number }) => steps.shift() ?? 0)
    const upkeep = startUpkeep({ store: { expireQueues }, retentionMs: 1234, logger: { ...silent, info } })
    await upkeep.tidy()
    await upkeep.stop()
    assert.deepEqual(expireQueues.mock.calls[0]?.arguments, [{ retentionMs: 1234 }])
    assert.deepEqual(info.mock.calls[0]?.arguments[0], { expired: 3 })
    assert.equal(info.mock.callCount(), 1)
  })

  test('logs a failure and goes on', async () => {
    const error = mock.fn()
    let failures = 1
    const expireQueues = mock.fn(async () => {
      if (failures-- > 0) throw new Error('disk full')
      return 0
    })
    const upkeep = startUpkeep({ store: { expireQueues }, retentionMs: 1, logger: { ...silent, error } })
    await upkeep.tidy()
    await upkeep.tidy()
    await upkeep.stop()
    assert.equal(error.mock.callCount(), 1)
    assert.equal(expireQueues.mock.callCount(), 2)
  })

  test('logs what it deleted before a failure', async () => {
    const info = mock.fn()
    const steps = [2]
    const expireQueues = mock.fn(async () => {
      const expired = steps.shift()
      if (expired === undefined) throw new Error('disk full')
      return expired
    })
    const upkeep = startUpkeep({ store: { expireQueues }, retentionMs: 1, logger: { ...silent, info } })
    await upkeep.tidy()
    await upkeep.stop()
    assert.deepEqual(info.mock.calls[0]?.arguments[0], { expired: 2 })
  })

  test('does nothing after it was stopped, and stopping waits for the round under way', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const begun = Promise.withResolvers<void>()
    const expireQueues = mock.fn(() => {
      begun.resolve()
      return promise
    })
    const upkeep = startUpkeep({ store: { expireQueues }, retentionMs: 1, logger: silent })
    const round = upkeep.tidy()
    await begun.promise
    let stopped = false
    const stopping = upkeep.stop().then(() => {
      stopped = true
    })
    assert.equal(stopped, false)
    resolve(0)
    await Promise.all([round, stopping])
    await upkeep.tidy()
    assert.equal(expireQueues.mock.callCount(), 1)
  })
})
