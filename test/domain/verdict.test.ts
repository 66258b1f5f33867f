import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Situation, verdictOf } from '../../src/domain/insight/verdict.ts'

const changed: Situation = {
  isPaused: false,
  givesUp: false,
  unhandledCount: 5,
  counts: { available: 3, locked: 2, scheduled: 0, held: 0, handled: 0, failed: 0 },
  capped: [],
  locked: [{ clientKey: 'a', count: 2 }],
  nextAvailableAt: null,
  next: [],
}

test('14.1 what became available while the queue was read is not taken for given up', () => {
  assert.equal(verdictOf(changed), '3 became available at this very moment (2 are locked). Look again.')
  assert.match(verdictOf({ ...changed, givesUp: true }), /ran out too often/)
})

test('14.1 a count that was cut early is not called less than there is', () => {
  const capped = ['held', 'scheduled'] as const
  const counts = { ...changed.counts, available: 0, held: 40, scheduled: 10_000, locked: 0 }
  assert.match(
    verdictOf({ ...changed, counts, capped }),
    /at least 40 are held back by rules for hosts and more than 10,000 are scheduled/,
  )
})
