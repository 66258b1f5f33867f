/** The load, in a process of its own: takes asks over IPC, one at a time, and answers each with its figures. */
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import { Measurement } from './measurement.ts'
import type { LoadAsk, LoadReply, LoadResult } from './messages.ts'
import { Numbers } from './numbers.ts'
import { Pace } from './pace.ts'
import { Tour } from './tour.ts'
import { type Workload, workloadOf } from './workloads.ts'

/** Both go on from load to load: one that began where the last one did would find what it asks for in the caches. */
const steps = new Numbers(0)
const visits = new Numbers(0)

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
  const { target, known } = ask
  const newNumbers = new Numbers(ask.firstNewNumber)
  const queues = (ask.queueIds ?? [target.queueId]).map((queueId) =>
    workloadOf(ask.workload, new Calls({ ...target, queueId }), { newNumbers, known, steps }),
  )
  // Neighbours share a server, so that the connections of each client are spread over all of them.
  const portOf = (worker: number) =>
    target.ports[Math.floor((worker * target.ports.length) / ask.connections)]!
  const connections = await Connection.openAll(
    Array.from({ length: ask.connections }, (_, worker) => portOf(worker)),
  )
  try {
    const measurement = new Measurement(ask)
    await drive(ask, connections, queues, measurement)
    return { ...measurement.result(), nextNewNumber: newNumbers.upcoming }
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** Resolves when the measurement is over, or nothing is left to do, and all calls are answered. */
async function drive(
  ask: LoadAsk,
  connections: readonly Connection[],
  queues: readonly Workload[],
  measurement: Measurement,
): Promise<void> {
  const pace = ask.callsPerSecond === null ? null : new Pace(ask.callsPerSecond, measurement.startedAt)
  let hasFailed = false
  const work = async (connection: Connection, worker: number) => {
    const tour = new Tour(queues, visits)
    const measured = async (message: string) => {
      const turnAt = pace === null ? null : await pace.turn()
      const sentAt = performance.now()
      const answer = await connection.call(message)
      measurement.answered(turnAt ?? sentAt, sentAt)
      return answer
    }
    while (!hasFailed && !measurement.isOver()) {
      const turn = await tour.turn(measured, worker % ask.clients)
      if (turn === null) {
        measurement.ranDry()
        return
      }
      measurement.moved(turn.requests)
    }
  }
  try {
    await Promise.all(connections.map(work))
  } finally {
    // Of many connections the first that fails ends the load for all.
    hasFailed = true
  }
}
