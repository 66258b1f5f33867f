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
