/** How what is about very much is taken apart. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { CallsUnderWay } from '../../src/store/steps/calls-under-way.ts'
import { SortedRuns } from '../../src/store/steps/sorted-runs.ts'
import { countThatFits, inSteps } from '../../src/store/steps/steps.ts'

test('sorted runs are merged into one order, with each item once', () => {
  const anyRuns = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }), { maxLength: 20 })
  fc.assert(
    fc.property(anyRuns, (given) => {
      const runs = new SortedRuns<number>((a, b) => a - b)
      for (const run of given) runs.add([...run])
      assert.deepEqual(
        [...runs.merged()],
        given.flat().sort((a, b) => a - b),
      )
    }),
  )
})

test('steps have all items in their order, each as many as fit and one at least', () => {
  const anySized = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 30 }) }))
  fc.assert(
    fc.property(anySized, (sized) => {
      const size = { requests: 4, bytes: 40 }
      const steps = [...inSteps(sized, size)]
      assert.deepEqual(steps.flat(), sized)
      let left = sized
      for (const step of steps) {
        assert.equal(countThatFits(left, size), step.length)
        assert.ok(step.length >= 1 && step.length <= 4)
        left = left.slice(step.length)
        const bytes = step.reduce((sum, one) => sum + one.bytes, 0)
        assert.ok(bytes <= 40)
        const next = left[0]
        assert.ok(next === undefined || step.length === 4 || bytes + next.bytes > 40, 'one more would fit')
      }
    }),
  )
  assert.deepEqual([...inSteps([{ bytes: 99 }, { bytes: 99 }], { requests: 4, bytes: 40 })].length, 2)
})

test('a store that closes waits for its calls, and breaks off those with many steps after five seconds', async () => {
  let now = 0
  const underWay = new CallsUnderWay(() => now)
  const steps: number[] = []
  const goOn: (() => void)[] = []
  const call = underWay.run(async () => {
    for (let step = 1; ; step++) {
      underWay.assertMayStep()
      steps.push(step)
      await new Promise<void>((done) => goOn.push(done))
    }
  })
  const broken = assert.rejects(call, { errorName: 'storeUnavailable' })
  const finished = underWay.finish()
  await assert.rejects(
    underWay.run(async () => {}),
    { errorName: 'storeUnavailable' },
  )
  now = 4_999
  goOn.pop()!()
  await turn()
  assert.deepEqual(steps, [1, 2])
  now = 5_000
  goOn.pop()!()
  await broken
  await finished
  assert.deepEqual(steps, [1, 2])
})
