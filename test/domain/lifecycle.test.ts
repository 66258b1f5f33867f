/** Properties of what can happen to one request, for every state it can be in (domain/lifecycle.ts). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { client, content, moments, side, states } from '../../harness/domain/states.ts'
import { availabilityOf } from '../../src/domain/availability.ts'
import {
  type Change,
  deleteLock,
  isHolder,
  isRefusal,
  lock,
  type Moment,
  prolong,
  returnLock,
  unlock,
  update,
} from '../../src/domain/lifecycle.ts'
import { comparePlaces, sideOf } from '../../src/domain/order.ts'
import { liveLock, type RequestState } from '../../src/domain/request.ts'

const now = 1_000_000
const lockMs = fc.integer({ min: 1, max: 10_000 })
const pending = {
  handledAt: null,
  lock: null,
  bytes: 1,
  scheduledAt: null,
  retryCount: 0,
  priority: 0,
  lockExpiries: 0,
  group: null,
  lockGroup: null,
  revisitAt: null,
  failure: null,
}

/** A moment whose sequence numbers come after all that the states have. */
function momentAt(at = now): Moment {
  let last = 1_000_000
  return { now: at, nextSequence: () => ++last }
}

function changed(outcome: Change | object | null): RequestState | null {
  return outcome !== null && 'state' in outcome ? (outcome as Change).state : null
}

describe('a request that is locked', () => {
  test('keeps its side, is not available until the lock ends, and is available then', () => {
    fc.assert(
      fc.property(states(now), client, lockMs, (state, holder, duration) => {
        fc.pre(availabilityOf(state, now) === 'available')
        const { state: locked } = lock(state, holder, now + duration)
        assert.equal(sideOf(locked.place!), sideOf(state.place!))
        assert.equal(availabilityOf(locked, now), 'locked')
        assert.equal(availabilityOf(locked, now + duration - 1), 'locked')
        assert.equal(availabilityOf(locked, now + duration), 'available')
      }),
    )
  })

  test('is as it was before when the lock is returned, and only by this very lock', () => {
    fc.assert(
      fc.property(states(now), client, lockMs, (state, holder, duration) => {
        fc.pre(availabilityOf(state, now) === 'available')
        const expiresAt = now + duration
        const { state: locked } = lock(state, holder, expiresAt)
        const returned = returnLock(locked, holder.clientKey, expiresAt, now)
        // That an earlier lock ran out stays counted (13.12).
        const lockExpiries = state.lockExpiries + (state.lock === null ? 0 : 1)
        assert.deepEqual(returned, {
          state: { ...state, lock: null, lockExpiries },
          counts: { total: 0, handled: 0, bytes: 0 },
        })
        assert.equal(returnLock(locked, `${holder.clientKey}x`, expiresAt, now), null)
        assert.equal(returnLock(locked, holder.clientKey, expiresAt + 1, now), null)
        assert.equal(returnLock(locked, holder.clientKey, expiresAt, expiresAt), null)
      }),
    )
  })
})

describe('locks that are released together', () => {
  test('leave the requests available at once, in the order they had, each on its side', () => {
    fc.assert(
      fc.property(fc.array(moments(now), { maxLength: 20 }), client, (places, holder) => {
        const distinct = places.map((place, index) => ({
          ...place,
          sequence: Math.sign(place.availableAt) * (index + 1),
        }))
        const held = distinct.map((place) => ({
          state: lock({ ...pending, place }, holder, now + 5_000).state,
        }))
        const before = held.map(({ state }) => state.lock!.placeBefore).sort(comparePlaces)
        const released = unlock(held, momentAt())
        assert.deepEqual(
          released.map(({ state }) => sideOf(state.place!)),
          before.map(sideOf),
        )
        const inOrder = [...released].sort((a, b) => comparePlaces(a.state.place!, b.state.place!))
        assert.deepEqual(inOrder, released)
        for (const { state } of released) assert.equal(availabilityOf(state, now), 'available')
      }),
    )
  })
})

describe('nobody but its holder', () => {
  test('ends or moves a live lock: prolong and delete lock are refused, an update leaves it (5.2, 6.4)', () => {
    fc.assert(
      fc.property(states(now), client, side, content, (state, other, where, next) => {
        const held = liveLock(state, now)
        fc.pre(held !== null && !isHolder(held, other))
        const moment = momentAt()
        assert.deepEqual(prolong(state, other, 1_000, where, moment), { refused: 'requestLockedByOther' })
        assert.deepEqual(deleteLock(state, other, where, moment), { refused: 'requestLockedByOther' })
        const after = update(state, { ...next, handledAt: null }, other, where, moment).state
        assert.deepEqual([after.lock, after.place], [state.lock, state.place])
      }),
    )
  })

  test('takes back a lock that ran out (5.1)', () => {
    fc.assert(
      fc.property(states(now), client, lockMs, (state, caller, duration) => {
        fc.pre(state.place !== null && liveLock(state, now) === null)
        const outcome = prolong(state, caller, duration, undefined, momentAt())
        const mayTakeBack = state.lock !== null && isHolder(state.lock, caller)
        assert.equal(isRefusal(outcome), !mayTakeBack)
      }),
    )
  })
})

describe('whatever happens to a request', () => {
  const outcomes = fc
    .record({ state: states(now), caller: client, where: side, next: content, duration: lockMs })
    .map(({ state, caller, where, next, duration }) => {
      const moment = momentAt()
      return {
        state,
        next,
        updated: update(state, next, caller, where, moment),
        all: [
          changed(update(state, next, caller, where, moment)),
          changed(prolong(state, caller, duration, where, moment)),
          changed(deleteLock(state, caller, where, moment)),
        ].filter((after) => after !== null),
      }
    })

  test('it has a place exactly when it is not handled, and no lock when it is', () => {
    fc.assert(
      fc.property(outcomes, ({ all }) => {
        for (const after of all) {
          assert.equal(after.place === null, after.handledAt !== null)
          if (after.handledAt !== null) assert.equal(after.lock, null)
        }
      }),
    )
  })

  test('a live lock ends at the moment of its place, so that nothing has to run when it does', () => {
    fc.assert(
      fc.property(outcomes, ({ all }) => {
        for (const after of all) {
          const held = liveLock(after, now)
          if (held !== null) assert.equal(Math.abs(after.place!.availableAt), held.expiresAt)
        }
      }),
    )
  })

  test('counts move by the difference, and a second update of the same kind moves nothing (6.2)', () => {
    fc.assert(
      fc.property(outcomes, client, side, ({ state, next, updated }, caller, where) => {
        const handled = (one: RequestState) => (one.handledAt === null ? 0 : 1)
        assert.equal(updated.counts.handled, handled(updated.state) - handled(state))
        assert.equal(updated.counts.bytes, updated.state.bytes - state.bytes)
        const again = update(updated.state, next, caller, where, momentAt())
        assert.deepEqual(again.counts, { total: 0, handled: 0, bytes: 0 })
      }),
    )
  })
})
