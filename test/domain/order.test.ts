import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { moments, side } from '../../harness/domain/states.ts'
import { comparePlaces, movedTo, placeAllAt, placeAt, sideOf } from '../../src/domain/order.ts'

const now = 1_000_000

describe('places', () => {
  test('given one after the other come out as 3.1 and 3.2 say: the end in order, the forefront reversed, before it', () => {
    fc.assert(
      fc.property(fc.array(side, { maxLength: 30 }), fc.boolean(), (sides, sameMoment) => {
        const given = sides.map((where, index) => ({
          index,
          where,
          place: placeAt(where, sameMoment ? now : now + index, index + 1),
        }))
        const forefront = given.filter(({ where }) => where === 'forefront').reverse()
        const end = given.filter(({ where }) => where === 'end')
        const inOrder = [...given].sort((a, b) => comparePlaces(a.place, b.place))
        assert.deepEqual(inOrder, [...forefront, ...end])
      }),
    )
  })

  test('that are moved keep their side, and their rank among those of the same moment', () => {
    fc.assert(
      fc.property(moments(now), fc.integer({ min: 1, max: 10 * now }), (place, at) => {
        const moved = movedTo(place, at)
        assert.equal(sideOf(moved), sideOf(place))
        assert.deepEqual([Math.abs(moved.availableAt), moved.sequence], [at, place.sequence])
      }),
    )
  })

  test('given all at once use each sequence number once', () => {
    fc.assert(
      fc.property(fc.array(moments(now), { maxLength: 30 }), (places) => {
        let last = 0
        const given = placeAllAt([...places].sort(comparePlaces), now, () => ++last)
        const numbers = given.map(({ sequence }) => Math.abs(sequence)).sort((a, b) => a - b)
        assert.deepEqual(
          numbers,
          places.map((_, index) => index + 1),
        )
      }),
    )
  })
})
