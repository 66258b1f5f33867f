import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pictureOf } from '../../bench/trace/picture.ts'
import { type Interval, joined, overlapOf } from '../../bench/trace/recording.ts'

const turn = (beginMs: number, endMs: number): Interval => ({ kind: 'turn', beginMs, endMs })

test('callbacks that follow each other at once are one turn of the event loop', () => {
  assert.deepEqual(joined([turn(0, 1), turn(1.01, 2), turn(3, 4)]), [turn(0, 2), turn(3, 4)])
})

test('the shares of a window in which two threads work, one and none', () => {
  assert.deepEqual(overlapOf([turn(-1, 2), turn(3, 4)], [turn(1, 3.5), turn(7, 20)], 8), {
    both: 1.5 / 8,
    onlyFirst: 1.5 / 8,
    onlySecond: 2 / 8,
    none: 3 / 8,
  })
})

test('the picture has what is within its time', () => {
  const picture = pictureOf(
    { lengthMs: 2, threads: [{ name: 'HTTP thread', intervals: [turn(0.5, 1), turn(5, 6)] }] },
    'a title',
  )
  assert.equal(picture.match(/height="26"/g)?.length, 1)
  assert.match(picture, /^<svg .*<\/svg>\n$/s)
})
