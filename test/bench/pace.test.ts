import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Pace, type PaceClock } from '../../bench/load/pace.ts'

/** A clock that is moved by hand. Whoever sleeps on it wakes up some time too late, as with timers. */
class HandClock implements PaceClock {
  readonly #oversleptMs: number
  #now = 1000
  slept = 0

  constructor(oversleptMs = 0) {
    this.#oversleptMs = oversleptMs
  }

  now(): number {
    return this.#now
  }

  async sleep(waitMs: number): Promise<void> {
    this.slept++
    this.pass(waitMs + this.#oversleptMs)
  }

  pass(passedMs: number): void {
    this.#now += passedMs
  }
}

describe('pace', () => {
  test('gives turns at its rate, the first one at once', async () => {
    const clock = new HandClock()
    const pace = new Pace(100, clock.now(), clock)
    const turns = [await pace.turn(), await pace.turn(), await pace.turn()]
    assert.deepEqual(turns, [1000, 1010, 1020])
    assert.equal(clock.slept, 2)
  })

  test('counts a call from its turn when no connection was free then', async () => {
    const clock = new HandClock()
    const pace = new Pace(100, clock.now(), clock)
    await pace.turn()
    clock.pass(45)
    const late = [await pace.turn(), await pace.turn()]
    assert.deepEqual(late, [1010, 1020])
    assert.equal(clock.slept, 0)
  })

  test('does not count what the timer oversleeps', async () => {
    const clock = new HandClock(3)
    const pace = new Pace(100, clock.now(), clock)
    await pace.turn()
    assert.equal(await pace.turn(), 1013)
    assert.equal(clock.now(), 1013)
  })

  test('keeps the rate when the timer oversleeps', async () => {
    const clock = new HandClock(3)
    const pace = new Pace(100, clock.now(), clock)
    const turns: number[] = []
    for (let turn = 0; turn < 101; turn++) turns.push(await pace.turn())
    assert.equal(turns.at(-1), 1000 + 100 * 10 + 3)
  })

  test('shows a rate that cannot be kept: each call takes longer than the one before', async () => {
    const clock = new HandClock()
    const pace = new Pace(100, clock.now(), clock)
    const tookMs = await callOneByOne(clock, pace, 100, () => 25)
    assert.deepEqual(tookMs.slice(0, 3), [25, 40, 55])
    assert.equal(tookMs.at(-1), 25 + 99 * 15)
  })

  test('a stall is seen by every call whose turn came in it, and by no call after it', async () => {
    const clock = new HandClock()
    const pace = new Pace(100, clock.now(), clock)
    const tookMs = await callOneByOne(clock, pace, 8, (call) => (call === 1 ? 35 : 1))
    assert.deepEqual(tookMs, [1, 35, 26, 17, 8, 1, 1, 1])
  })
})

/** What each of so many calls takes from its turn on, when the server takes `serveMs` of it. */
async function callOneByOne(
  clock: HandClock,
  pace: Pace,
  count: number,
  serveMs: (call: number) => number,
): Promise<number[]> {
  const tookMs: number[] = []
  for (let call = 0; call < count; call++) {
    const calledAt = await pace.turn()
    clock.pass(serveMs(call))
    tookMs.push(clock.now() - calledAt)
  }
  return tookMs
}
