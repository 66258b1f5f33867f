/** The load, in a process of its own: takes asks over IPC, one at a time, and answers each with its figures. */
import { createHistogram } from 'node:perf_hooks'
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import type { LoadAsk, LoadReply, LoadResult } from './messages.ts'
import { UrlNumbers, workloadOf } from './workloads.ts'

process.on('message', (ask: LoadAsk) => {
  run(ask).then(
    (result) => reply({ result }),
    (error: Error) => reply({ failed: error.stack ?? error.message }),
  )
})
process.on('disconnect', () => process.exit(0))

function reply(message: LoadReply): void {
  process.send!(message)
}

async function run(ask: LoadAsk): Promise<LoadResult> {
  const numbers = new UrlNumbers(ask.firstNewNumber)
  const workload = workloadOf(ask.workload, new Calls(ask.target), numbers, ask.known)
  const clientOf = (worker: number) => worker % ask.clients
  const connections = await Promise.all(
    Array.from({ length: ask.connections }, () => Connection.open(ask.target.port)),
  )
  const latency = createHistogram()
  const startedAt = performance.now()
  const measureFrom = startedAt + ask.warmUpMs
  const measureTo = ask.measureMs === null ? Number.POSITIVE_INFINITY : measureFrom + ask.measureMs
  let calls = 0
  let requests = 0
  let lastAnswerAt = measureFrom
  const pace = ask.callsPerSecond === null ? null : new Pace(ask.callsPerSecond, startedAt)

  await Promise.all(
    connections.map(async (connection, worker) => {
      const measured = async (message: string) => {
        // At a given rate the wait for a free connection counts: the caller has been waiting since its turn came.
        const from = pace === null ? performance.now() : await pace.turn()
        const answer = await connection.call(message)
        const now = performance.now()
        if (now >= measureFrom && now < measureTo) {
          calls++
          lastAnswerAt = now
          latency.record(Math.max(1, Math.round((now - from) * 1e6)))
        }
        return answer
      }
      while (performance.now() < measureTo) {
        const turn = await workload.turn(measured, clientOf(worker))
        if (turn === null) break
        const now = performance.now()
        if (now >= measureFrom && now < measureTo) requests += turn.requests
      }
    }),
  )
  for (const connection of connections) connection.close()
  const seconds = (Math.min(measureTo, lastAnswerAt) - measureFrom) / 1000
  return {
    calls,
    requests,
    seconds,
    p50Ms: latency.percentile(50) / 1e6,
    p99Ms: latency.percentile(99) / 1e6,
    p999Ms: latency.percentile(99.9) / 1e6,
    maxMs: latency.max / 1e6,
    nextNewNumber: numbers.next(),
  }
}

/** Gives turns at a steady rate; a turn that comes late is still due at its time. */
class Pace {
  readonly #everyMs: number
  #nextAt: number

  constructor(callsPerSecond: number, startAt: number) {
    this.#everyMs = 1000 / callsPerSecond
    this.#nextAt = startAt
  }

  async turn(): Promise<number> {
    const due = this.#nextAt
    this.#nextAt += this.#everyMs
    const waitMs = due - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    // Timers have whole milliseconds; what they oversleep is not the server's.
    return Math.max(due, performance.now() - 1)
  }
}
