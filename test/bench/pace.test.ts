import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Pace } from '../../bench/load/pace.ts'

/**
 * Calls at a rate over one connection, on a clock that is moved by hand: each is made when its turn has come and the last
 * one was answered.
 *
 * @param oversleptMs how much too late a timer fires
 * @returns what each call took, as the load counts it
 */
function tookMs(pace: Pace, calls: number, serveMs: (call: number) => number, oversleptMs = 0): number[] {
  const took: number[] = []
  let nowMs = pace.dueAtMs
  for (let call = 0; call < calls; call++) {
    const wasFree = pace.dueAtMs > nowMs
    if (wasFree) nowMs = pace.dueAtMs + oversleptMs
    const calledAtMs = pace.take(nowMs, wasFree)
    nowMs += serveMs(call)
    took.push(nowMs - calledAtMs)
  }
  return took
}

describe('pace', () => {
  test('gives turns at its rate, the first one at once', () => {
    const pace = new Pace(100, 1000)
    const turns = [1000, 1010, 1020].map((nowMs) => {
      assert.equal(pace.dueAtMs, nowMs)
      return pace.take(nowMs, true)
    })
    assert.deepEqual(turns, [1000, 1010, 1020])
  })

  test('counts a call from its turn when no connection was free then', () => {
    const pace = new Pace(100, 1000)
    pace.take(1000, true)
    assert.equal(pace.take(1035, false), 1010)
    assert.equal(pace.dueAtMs, 1020)
  })

  test('does not count the delay of a late timer', () => {
    assert.deepEqual(
      tookMs(new Pace(100, 1000), 3, () => 2, 1.5),
      [2, 2, 2],
    )
  })

  test('shows the wait of all calls behind a stall', () => {
    const served = tookMs(new Pace(100, 1000), 6, (call) => (call === 1 ? 45 : 1))
    assert.deepEqual(served, [1, 45, 36, 27, 18, 9])
  })

  test('shows a server that cannot keep the rate by times that grow without an end', () => {
    assert.deepEqual(
      tookMs(new Pace(100, 1000), 5, () => 15),
      [15, 20, 25, 30, 35],
    )
  })
})
