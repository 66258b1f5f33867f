/** A load process: takes loads over IPC, one at a time, and answers each with its measurement. */
import { once } from 'node:events'
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import { drive } from './drive.ts'
import { LoadedQueue } from './loaded-queue.ts'
import { Measurement } from './measurement.ts'
import type { Go, LoadReply, ShareOptions, ShareResult } from './messages.ts'
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

process.on('message', (message: ShareOptions | Go) => {
  if ('kind' in message) return
  run(message).then(
    (result) => reply({ kind: 'result', result }),
    (error: Error) => reply({ kind: 'failed', problem: error.stack ?? error.message }),
  )
})
process.on('disconnect', () => process.exit(0))

function reply(message: LoadReply): void {
  process.send!(message)
}

async function run(ask: ShareOptions): Promise<ShareResult> {
  const { target, known, share } = ask
  const newNumbers = new Numbers(ask.firstNewNumber + share.rest, share.of)
  const queues = (ask.queueIds ?? [target.queueId]).map((id) => new LoadedQueue(id))
  const calls = new Calls(target)
  const callerOf = workloadOf(ask, steps)
  const workers = workersOf(ask)
  const callers = workers.map((worker) => {
    const tour = new Tour(queues, visits)
    return callerOf({ calls, tour, client: worker % ask.clients, newNumbers, known, steps })
  })
  const connections = await Connection.openAll(workers.map((worker) => portOf(worker, ask)))
  try {
    reply({ kind: 'ready' })
    await once(process, 'message')
    const measurement = new Measurement(ask)
    const pace =
      ask.callsPerSecond === null ? null : new Pace(ask.callsPerSecond / share.of, measurement.startedAtMs)
    const bounds = new Bounds(ask)
    try {
      await drive(connections, callers, measurement, pace)
    } finally {
      bounds.end()
    }
    return { ...measurement.result(), nextNewNumber: newNumbers.upcoming }
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** The numbers of the connections of this process. */
function workersOf({ connections, clients, share }: ShareOptions): number[] {
  return Array.from({ length: connections }, (_, worker) => worker).filter(
    (worker) => (worker % clients) % share.of === share.rest,
  )
}

/** Neighbouring connections share a server, so the connections of each client are spread over all servers. */
function portOf(worker: number, { target, connections }: ShareOptions): number {
  return target.ports[Math.floor((worker * target.ports.length) / connections)]!
}

/** Reports when the measurement begins and ends. The measurement may begin before the load does. */
class Bounds {
  readonly #timers: NodeJS.Timeout[] = []
  #hasEnded = false

  constructor({ warmUpMs, measureMs }: ShareOptions) {
    if (warmUpMs === 0) reply({ kind: 'begun' })
    else this.#timers.push(setTimeout(() => reply({ kind: 'begun' }), warmUpMs))
    if (measureMs !== null) this.#timers.push(setTimeout(() => this.end(), warmUpMs + measureMs))
  }

  end(): void {
    if (!this.#hasEnded) reply({ kind: 'ended' })
    this.#hasEnded = true
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
