import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/store/clock.ts'
import { PostgresClock } from '../../src/store/postgres/clock.ts'

test('3.7 a late answer of the database does not look like a clock that was set back', () => {
  const source = new ManualClock()
  const clock = new PostgresClock(source)
  const queue = { queueId: 'queue', shownAt: source.wallMs(), leadMs: 0 }
  const late = { wall: source.wallMs(), askedAt: clock.asked() }
  source.advance(5000)
  clock.read(source.wallMs(), clock.asked(), queue)
  const { shownAt, leadMs } = clock.tick(late.wall, late.askedAt, queue)
  assert.equal(leadMs, 0, 'the queue is not ahead of the database')
  assert.equal(shownAt, source.wallMs())
})

test('3.7 time that passed while a call waited has passed, also when the clock was set back meanwhile', () => {
  for (const meanwhile of ['transaction', 'read'] as const) {
    const source = new ManualClock()
    const clock = new PostgresClock(source)
    const begin = source.wallMs()
    const queue = { queueId: 'queue', shownAt: begin, leadMs: 0 }
    clock.tick(begin, clock.asked(), queue)
    const asked = { wall: source.wallMs(), askedAt: clock.asked() }
    source.jump(-1)
    source.advance(8000)
    if (meanwhile === 'read') clock.read(asked.wall, asked.askedAt, queue)
    const { wall, askedAt } = clock.whileLocked(
      meanwhile === 'read' ? source.wallMs() : asked.wall,
      asked.askedAt,
    )
    assert.equal(clock.tick(wall, askedAt, queue).shownAt, begin + 8000, meanwhile)
  }
})
