/** The load process of the benchmark's own load. */
import { answerLoads, workersOf } from './answer-loads.ts'
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import { drive } from './drive.ts'
import { LoadedQueue } from './loaded-queue.ts'
import type { ShareOptions } from './messages.ts'
import { Numbers } from './numbers.ts'
import { Pace } from './pace.ts'
import { Tour } from './tour.ts'
import { workloadOf } from './workloads.ts'

/**
 * Both continue from load to load. A load that used the same requests as the last one would find them in the
 * caches.
 */
const steps = new Numbers(0)
const visits = new Numbers(0)

answerLoads(async (ask) => {
  const { target, known, share, callsPerSecond } = ask
  const newNumbers = new Numbers(ask.firstNewNumber + share.rest, share.of)
  const queues = (ask.queueIds ?? [target.queueId]).map((id) => new LoadedQueue(id))
  const calls = new Calls(target, ask.hostCount)
  const callerOf = workloadOf(ask, steps)
  const workers = workersOf(ask)
  const callers = workers.map((worker) => {
    const tour = new Tour(queues, visits)
    return callerOf({ calls, tour, client: worker % ask.clients, newNumbers, known, steps })
  })
  const connections = await Connection.openAll(workers.map((worker) => portOf(worker, ask)))
  return {
    run(measurement) {
      const pace =
        callsPerSecond === null ? null : new Pace(callsPerSecond / share.of, measurement.startedAtMs)
      return drive(connections, callers, measurement, pace)
    },
    nextNewNumber: () => newNumbers.upcoming,
    close() {
      for (const connection of connections) connection.close()
    },
  }
})

/** Neighbouring connections share a server, so the connections of each client are spread over all servers. */
function portOf(worker: number, { target, connections }: ShareOptions): number {
  return target.ports[Math.floor((worker * target.ports.length) / connections)]!
}
