import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, test } from 'node:test'
import type { Cost } from '../../bench/machine/cost.ts'
import { leastDisturbed } from '../../bench/rounds/takes.ts'

function costWith(othersMs: number, busiestLoadMs = 100): Cost {
  const partMs = { http: 500, storage: 0, helpers: 0, load: busiestLoadMs }
  return { wallMs: 1000, partMs, busiestLoadMs, othersMs, idleMs: 1000 }
}

/** Measurements with these costs, one after the other. */
async function takeOf(costs: readonly Cost[], takesMax: number) {
  const asked: number[] = []
  let quietened = 0
  const { result, takes } = await leastDisturbed(
    async (processes) => {
      const cost = costs[asked.length]!
      asked.push(processes)
      return { result: cost, costs: [cost] }
    },
    takesMax,
    async () => {
      quietened++
    },
  )
  return { accepted: costs.indexOf(result), takes, asked, quietened }
}

describe('takes', () => {
  test('an undisturbed measurement is enough', async () => {
    const taken = await takeOf([costWith(0)], 3)
    assert.deepEqual(taken, { accepted: 0, takes: 1, asked: [1], quietened: 0 })
  })

  test('a disturbed measurement is repeated when the machine is quiet', async () => {
    const taken = await takeOf([costWith(900), costWith(10)], 3)
    assert.deepEqual(taken, { accepted: 1, takes: 2, asked: [1, 1], quietened: 1 })
  })

  test('repeats are bounded: then the least disturbed measurement counts', async () => {
    const taken = await takeOf([costWith(900), costWith(300), costWith(500)], 3)
    assert.deepEqual(taken, { accepted: 1, takes: 3, asked: [1, 1, 1], quietened: 2 })
  })

  test('a busy load gets another process, where there is a core for it', async () => {
    const taken = await takeOf([costWith(0, 800), costWith(0, 400)], 3)
    assert.deepEqual(taken.asked, [1, Math.min(2, availableParallelism())])
  })
})
