import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Contestant, contestants } from '../../bench/bullmq/contest.ts'
import { ratioOf } from '../../bench/bullmq/contest-table.ts'
import { libraryLoad, repeat } from '../../bench/bullmq/library-load.ts'
import { Load } from '../../bench/load/load.ts'
import { Measurement } from '../../bench/load/measurement.ts'
import type { ShareOptions } from '../../bench/load/messages.ts'
import type { Measured } from '../../bench/rounds/figures.ts'
import { SqliteRound } from '../../bench/rounds/sqlite-round.ts'

const ask: ShareOptions = {
  workload: 'drain',
  target: { ports: [0], token: '', queueId: 'queue' },
  connections: 8,
  clients: 4,
  callsPerSecond: null,
  known: { first: 0, count: 0 },
  firstNewNumber: 100,
  warmUpMs: 0,
  measureMs: 10_000,
  markEvery: null,
  share: { rest: 1, of: 2 },
}

describe('the load of a library', () => {
  test('a process has the loops of its clients, and numbers that no other process uses', async () => {
    const clients: number[] = []
    const numbers: number[] = []
    const load = await libraryLoad(ask, async (_, newNumbers) => ({
      operationFor(client) {
        clients.push(client)
        return async () => {
          if (numbers.length === 4) return null
          numbers.push(newNumbers.next())
          return 1
        }
      },
      close: async () => {},
    }))
    await load.run(new Measurement(ask))
    assert.deepEqual(clients, [1, 3, 1, 3])
    assert.deepEqual(numbers, [101, 103, 105, 107])
    assert.equal(load.nextNewNumber(), 109)
  })

  test('counts calls and what they moved, until nothing is left', async () => {
    const measurement = new Measurement(ask)
    const moves = [0, 25, 1, null]
    await repeat(async () => moves.shift()!, measurement)
    const { calls, requests, seconds } = measurement.result()
    assert.deepEqual({ calls, requests }, { calls: 3, requests: 26 })
    assert.ok(seconds < 10)
  })

  test('makes no call after the end of the measurement', async () => {
    const measurement = new Measurement({ ...ask, measureMs: 0 })
    let calls = 0
    await repeat(async () => ++calls, measurement)
    assert.equal(calls, 0)
  })

  test('apify-client drains all that was added, and each request once', async () => {
    const round = new SqliteRound([])
    const load = new Load('bullmq/apify-client-process.ts')
    try {
      const queue = await round.newQueue()
      const batches = await round.run('batch-add', queue, { warmUpMs: 0, measureMs: 50 }, load)
      const added = batches.nextNewNumber
      const shape = { warmUpMs: 0, measureMs: 60_000, connections: 16, clients: 2 }
      const { requests } = await round.run('drain', queue, shape, load)
      assert.equal(requests, added)
    } finally {
      await Promise.all([load.stop(), round.close()])
    }
  })
})

test('the ratio to BullMQ is that to its better row, by the medians of the rounds', () => {
  const roundOf = (...rates: readonly number[]) =>
    Object.fromEntries(
      contestants.map((contestant, index) => [contestant, { requestsPerSecond: rates[index]! }]),
    ) as Record<Contestant, Measured>
  const rounds = [roundOf(200, 100, 50, 10), roundOf(400, 80, 160, 30), roundOf(300, 90, 60, 20)]
  assert.equal(ratioOf(rounds, 'headlock'), 300 / 90)
  assert.equal(ratioOf(rounds, 'headlock by apify-client'), 20 / 90)
})
