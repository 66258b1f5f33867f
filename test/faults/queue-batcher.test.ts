/** The calls on one queue on their way into transactions, of which two may be under way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { QueueBatcher, type WaitingCall } from '../../src/store/postgres/batching/queue-batcher.ts'

test('after two transactions fail together, the calls that have waited longest are first', async () => {
  const given: string[][] = []
  const fail: ((error: Error) => void)[] = []
  let locked = () => {}
  const batcher = new QueueBatcher({
    run(calls, hasQueue) {
      given.push(calls.map(({ params }) => params.userId))
      locked = hasQueue
      return new Promise((_, reject) => fail.push(reject))
    },
    mayStartAhead: () => true,
    emptied: () => {},
  })
  const rejected: string[] = []
  const push = (userId: string, agoMs: number) => {
    const call: WaitingCall = {
      name: 'listHead',
      params: { userId },
      bytes: 1,
      rows: 0,
      calledAt: performance.now() - agoMs,
      resolve: () => assert.fail('nothing succeeds'),
      reject: () => rejected.push(userId),
    }
    batcher.push(call)
  }
  const lost = () => Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' })

  push('the older', 3000)
  await turn()
  locked()
  push('the younger', 0)
  await turn()
  assert.deepEqual(given, [['the older'], ['the younger']])
  for (const reject of fail) reject(lost())
  await turn()
  batcher.rejectOlderThan(performance.now() - 1000)
  assert.deepEqual(rejected, ['the older'])
})
