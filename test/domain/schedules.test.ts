/** When a request is scheduled, and for when (domain/lifecycle.ts, policy/retry.ts). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { client, content, side, states, wishing } from '../../harness/domain/states.ts'
import { availabilityOf } from '../../src/domain/availability.ts'
import {
  add,
  type Change,
  deleteLock,
  isHolder,
  isRefusal,
  lock,
  type Moment,
  prolong,
  unlock,
  update,
} from '../../src/domain/lifecycle.ts'
import { sideOf } from '../../src/domain/order.ts'
import { retryDelay } from '../../src/domain/policy/retry.ts'
import { liveLock, type RequestState } from '../../src/domain/request.ts'

const now = 1_000_000
const secondMs = 1000

function moment(): Moment {
  let last = 1_000_000
  return { now, nextSequence: () => ++last }
}

/** Its schedule says the same as its place, as long as the moment has not come. */
function assertConsistent({ place, scheduledAt, lock }: RequestState): void {
  const from = Math.abs(place?.availableAt ?? 0)
  const isLater = scheduledAt !== null && scheduledAt > now
  if (place === null) assert.equal(scheduledAt, null)
  else if (lock !== null && now < lock.expiresAt) assert.equal(isLater, false)
  else if (isLater || from > now) assert.equal(scheduledAt, from)
}

describe('a request is scheduled', () => {
  test('when it is added with a wish for later, on the side asked for', () => {
    fc.assert(
      fc.property(wishing, side, (wanted, where) => {
        const { state } = add({ ...wanted, handledAt: null }, where, moment())
        const { delayMs = 0, notBefore = 0 } = wanted.wishes ?? {}
        const at = Math.max(now, now + delayMs, notBefore)
        assert.equal(Math.abs(state.place!.availableAt), at)
        assert.equal(sideOf(state.place!), where)
        assert.equal(availabilityOf(state, now), at > now ? 'scheduled' : 'available')
        assert.equal(state.priority, wanted.wishes?.priority ?? 0)
        assertConsistent(state)
      }),
    )
  })

  test('whatever happens to it: its schedule and its place agree', () => {
    fc.assert(
      fc.property(states(now), wishing, client, side, (state, next, caller, where) => {
        const curve = { initialMs: secondMs, factor: 2, maxMs: 60 * secondMs }
        assertConsistent(update(state, next, caller, where, moment(), curve).state)
        for (const outcome of [
          prolong(state, caller, secondMs, where, moment()),
          deleteLock(state, caller, where, moment()),
        ]) {
          if (outcome !== null && !isRefusal(outcome)) assertConsistent((outcome as Change).state)
        }
        if (availabilityOf(state, now) === 'available') {
          assertConsistent(lock(state, caller, now + secondMs).state)
        }
        if (liveLock(state, now) !== null) assertConsistent(unlock([{ state }], moment())[0]!.state)
      }),
    )
  })
})

describe('the retry curve (13.9)', () => {
  const curve = { initialMs: 10 * secondMs, factor: 3, maxMs: 3600 * secondMs }

  test('delays a request that comes back with a higher retry count, and no other', () => {
    fc.assert(
      fc.property(states(now), content, client, side, (state, next, caller, where) => {
        const after = update(state, { ...next, handledAt: null }, caller, where, moment(), curve).state
        const held = liveLock(state, now)
        if (held !== null && !isHolder(held, caller)) return assert.deepEqual(after.place, state.place)
        const isRetry = state.handledAt === null && next.retryCount > state.retryCount
        const at = isRetry ? now + retryDelay(curve, next.retryCount) : now
        assert.equal(Math.abs(after.place!.availableAt), at)
        assert.equal(sideOf(after.place!), where)
      }),
    )
  })

  test('a wish and the curve: the later counts', () => {
    const state = add({ ...plain, retryCount: 0 }, 'end', moment()).state
    for (const [delayMs, expected] of [
      [5 * secondMs, 10 * secondMs],
      [50 * secondMs, 50 * secondMs],
    ] as const) {
      const next = { ...plain, retryCount: 1, wishes: { delayMs } }
      const { place } = update(state, next, caller, 'end', moment(), curve).state
      assert.equal(place!.availableAt, now + expected)
    }
  })

  test('grows by the factor, up to the maximum, however high the count', () => {
    const delays = (counts: number[], changes: object = {}) =>
      counts.map((count) => retryDelay({ ...curve, ...changes }, count) / secondMs)
    assert.deepEqual(delays([1, 2, 3, 6, 7, 5000, 2 ** 31 - 1]), [10, 30, 90, 2430, 3600, 3600, 3600])
    assert.deepEqual(delays([1, 2, 2 ** 31 - 1], { factor: 1 }), [10, 10, 10])
    assert.deepEqual(delays([1, 2], { factor: 1.00015 }), [10, 10.001])
  })
})

const caller = { clientKey: 'one', runId: null }
const plain = {
  id: 'a-request-of-15',
  uniqueKey: 'a',
  url: 'https://example.com/',
  method: 'GET',
  retryCount: 0,
  handledAt: null,
  otherFields: '',
}
