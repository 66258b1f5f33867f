import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/store/clock.ts'
import { PostgresClock } from '../../src/store/postgres/clock.ts'

test('3.7 an answer of the database that is late is no clock that was set back', () => {
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
