import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { states } from '../../harness/domain/states.ts'
import {
  availabilityOf,
  dueRange,
  isDue,
  notDueRanges,
  type PlaceRange,
  rangesWith,
} from '../../src/domain/availability.ts'

const now = 1_000_000

function isIn(availableAt: number, ranges: readonly PlaceRange[]): boolean {
  return ranges.some(({ from, to }) => from <= availableAt && availableAt <= to)
}

describe('availability', () => {
  test('the ranges of the index say the same as the request itself', () => {
    fc.assert(
      fc.property(states(now), (state) => {
        const availability = availabilityOf(state, now)
        if (state.place === null) return assert.equal(availability, 'handled')
        const { availableAt } = state.place
        assert.equal(isIn(availableAt, [dueRange(now)]), isDue(state.place, now))
        assert.equal(isIn(availableAt, notDueRanges(now)), !isDue(state.place, now))
        assert.equal(isDue(state.place, now), availability === 'available')
      }),
    )
  })

  test('the ranges for a filter have every request of the filter, scheduled ones as pending (12.2)', () => {
    fc.assert(
      fc.property(states(now), (state) => {
        fc.pre(state.place !== null)
        const name = availabilityOf(state, now) === 'locked' ? 'locked' : 'pending'
        assert.ok(isIn(state.place!.availableAt, rangesWith([name], now)))
        assert.ok(isIn(state.place!.availableAt, rangesWith(['locked', 'pending'], now)))
      }),
    )
  })

  test('a place whose moment has just come is due', () => {
    for (const sign of [1, -1]) {
      assert.equal(isDue({ availableAt: sign * now }, now), true)
      assert.equal(isDue({ availableAt: sign * (now + 1) }, now), false)
    }
  })
})
