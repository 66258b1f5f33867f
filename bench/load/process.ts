/** The load, in a process of its own: takes asks over IPC, one at a time, and answers each with its figures. */
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import { Measurement } from './measurement.ts'
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
  const { target } = ask
  const numbers = new UrlNumbers(ask.firstNewNumber)
  const workload = workloadOf(ask.workload, new Calls(target), numbers, ask.known)
  const clientOf = (worker: number) => worker % ask.clients
  // Neighbours share a server, so that the connections of each client are spread over all of them.
  const portOf = (worker: number) =>
    target.ports[Math.floor((worker * target.ports.length) / ask.connections)]!
  const connections = await Promise.all(
    Array.from({ length: ask.connections }, (_, worker) => Connection.open(portOf(worker))),
  )
  const measurement = new Measurement(ask)
  const pace = ask.callsPerSecond === null ? null : new Pace(ask.callsPerSecond, measurement.startedAt)

  await Promise.all(
    connections.map(async (connection, worker) => {
      const measured = async (message: string) => {
        // At a given rate the wait for a free connection counts: the caller has been waiting since its turn came.
        const calledAt = pace === null ? performance.now() : await pace.turn()
        const answer = await connection.call(message)
        measurement.answered(calledAt)
        return answer
      }
      while (!measurement.isOver()) {
        const turn = await workload.turn(measured, clientOf(worker))
        if (turn === null) break
        measurement.moved(turn.requests)
      }
    }),
  )
  for (const connection of connections) connection.close()
  return { ...measurement.result(), nextNewNumber: numbers.next() }
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
