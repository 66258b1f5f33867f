import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { startRevisits } from '../../src/app/revisits.ts'

const silent = { error() {} }

describe('revisits', () => {
  test('go on until nothing is due, every half a second, and never twice at once', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const waiting: ((some: boolean) => void)[] = []
    const revisitRequests = mock.fn(() => new Promise<boolean>((resolve) => waiting.push(resolve)))
    const revisits = startRevisits({ store: { revisitRequests }, logger: silent })
    t.mock.timers.tick(500)
    assert.equal(revisitRequests.mock.callCount(), 1)
    waiting.shift()!(true)
    await turn()
    assert.equal(revisitRequests.mock.callCount(), 2)
    t.mock.timers.tick(5000)
    assert.equal(revisitRequests.mock.callCount(), 2)
    waiting.shift()!(false)
    await turn()
    t.mock.timers.tick(500)
    assert.equal(revisitRequests.mock.callCount(), 3)
    const stopped = revisits.stop()
    waiting.shift()!(true)
    await stopped
    t.mock.timers.tick(5000)
    assert.equal(revisitRequests.mock.callCount(), 3)
  })

  test('log the first of several failures, and go on', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const error = mock.fn()
    let failures = 3
    const revisitRequests = mock.fn(async () => {
      if (failures-- > 0) throw new Error('disk full')
      return false
    })
    const revisits = startRevisits({ store: { revisitRequests }, logger: { error } })
    for (let round = 0; round < 4; round++) {
      t.mock.timers.tick(500)
      await turn()
    }
    assert.equal(revisitRequests.mock.callCount(), 4)
    assert.equal(error.mock.callCount(), 1)
    await revisits.stop()
  })
})
