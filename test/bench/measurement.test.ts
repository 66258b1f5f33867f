import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Latencies, summaryOf } from '../../bench/load/latencies.ts'
import { Measurement, together } from '../../bench/load/measurement.ts'
import { median, spread } from '../../bench/rounds/statistics.ts'

describe('statistics', () => {
  test('median and spread', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(spread([90, 100, 120]), 0.15)
    assert.equal(spread([0, 0]), 0)
  })

  test('latencies are counted over all processes, in whatever order they came', () => {
    const ofOne = new Latencies()
    const ofOther = new Latencies()
    for (let value = 1000; value > 0; value--) (value % 2 === 0 ? ofOne : ofOther).add(value)
    const summary = summaryOf([ofOne.valuesMs, ofOther.valuesMs])
    assert.deepEqual(summary, { p50Ms: 500, p99Ms: 990, p999Ms: 999, maxMs: 1000 })
    assert.deepEqual(summaryOf([new Float32Array()]), { p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 })
  })

  test('there is room for more latencies than were expected', () => {
    const latencies = new Latencies()
    for (let value = 0; value < 600_000; value++) latencies.add(value)
    const values = latencies.valuesMs
    assert.equal(values.length, 600_000)
    assert.equal(values.at(-1), 599_999)
  })
})

describe('measurement', () => {
  const ask = { warmUpMs: 100, measureMs: 1000, markEvery: null }

  test('counts what is answered within it, and times what is called within it', () => {
    const measurement = new Measurement(ask, 5000)
    measurement.answered(5099, 5050)
    measurement.answered(5110, 5090)
    measurement.answered(5200, 5150)
    measurement.moved(5200, 25)
    measurement.answered(6150, 6050)
    measurement.moved(6150, 25)
    const { calls, requests, seconds, latenciesMs } = measurement.result()
    assert.deepEqual([calls, requests, seconds, [...latenciesMs]], [2, 25, 1, [50, 100]])
    assert.ok(measurement.isOver(6100))
    assert.ok(!measurement.isOver(6099))
  })

  test('does not leave out calls whose turn came before it, when they are made within it', () => {
    const measurement = new Measurement(ask, 5000)
    measurement.answered(5300, 5040, 5280)
    assert.deepEqual([...measurement.result().latenciesMs], [260])
  })

  test('ends with the last answer when it ran out of work, but not when the server stalled', () => {
    const dry = new Measurement(ask, 5000)
    dry.answered(5600, 5500)
    dry.ranDry(5600)
    assert.equal(dry.result().seconds, 0.5)
    const stalled = new Measurement(ask, 5000)
    stalled.answered(5600, 5500)
    stalled.ranDry(6200)
    assert.equal(stalled.result().seconds, 1)
    const early = new Measurement(ask, 5000)
    early.ranDry(5050)
    assert.throws(() => early.result(), /before the warm-up/)
  })

  test('notes when parts of the work are done', () => {
    const measurement = new Measurement({ warmUpMs: 0, measureMs: null, markEvery: 10 }, 5000)
    measurement.moved(5500, 9)
    measurement.moved(6000, 12)
    assert.deepEqual(measurement.result().markSeconds, [1, 1])
  })

  test('adds up what several processes did at the same time', () => {
    const part = { requests: 20, markSeconds: [], latenciesMs: Float32Array.of(1, 2) }
    const all = together([
      { ...part, calls: 10, seconds: 2 },
      { ...part, calls: 11, seconds: 1.9 },
    ])
    assert.deepEqual([all.calls, all.requests, all.seconds, all.p50Ms, all.maxMs], [21, 40, 2, 1, 2])
  })
})
