import { Load } from '../load/load.ts'
import type { WorkloadName } from '../load/messages.ts'
import { type Measured, measuredOf } from '../rounds/figures.ts'
import type { Loaded } from '../rounds/round.ts'
import { SqliteRound } from '../rounds/sqlite-round.ts'
import { leastDisturbed, type Taken } from '../rounds/takes.ts'
import type { RedisServer } from './redis-server.ts'

export const workloads = ['single-add', 'batch-add', 'drain'] as const
type ContestWorkload = (typeof workloads)[number] & WorkloadName

/** Who is measured, in the order of their turns. */
export const contestants = ['headlock', 'bullmq', 'bullmq, 2 processes', 'headlock by apify-client'] as const
export type Contestant = (typeof contestants)[number]

/** The results of one round, by workload and contestant. */
export type ContestRound = Readonly<Record<ContestWorkload, Readonly<Record<Contestant, Measured>>>>

const shape = { warmUpMs: 500, measureMs: 2000 }
/** The same connections, or loops, for all. */
const drainShape = { ...shape, connections: 64, clients: 8 }
const drainRequests = 90_000
/** Enough for the slower load of apify-client. */
const drainRequestsOfClient = 20_000
const takesMax = 3

/** One round: every workload, and for each of them every contestant in turn. */
export class Contest {
  readonly #round = new SqliteRound([])
  readonly #redis: RedisServer
  readonly #bullMq = new Load('bullmq/bullmq-process.ts')
  readonly #apifyClient = new Load('bullmq/apify-client-process.ts')
  #queues = 0

  constructor(redis: RedisServer) {
    this.#redis = redis
  }

  async measure(): Promise<ContestRound> {
    for (const contestant of contestants) await this.#warmUp(contestant)
    const rows = {} as Record<ContestWorkload, Record<Contestant, Measured>>
    for (const workload of workloads) {
      const row = {} as Record<Contestant, Measured>
      for (const contestant of contestants) row[contestant] = await this.#undisturbed(contestant, workload)
      rows[workload] = row
    }
    return rows
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#bullMq.stop(),
      this.#apifyClient.stop(),
      this.#round.close(),
      this.#redis.close(),
    ])
  }

  async #warmUp(contestant: Contestant): Promise<void> {
    for (const workload of workloads) await this.#take(contestant, workload, 0.2)
  }

  /** Repeats while other programs were busy. A busy load is no reason, because libraries are the load here. */
  async #undisturbed(contestant: Contestant, workload: ContestWorkload): Promise<Measured> {
    const { result, takes } = await leastDisturbed(async () => {
      const taken = await this.#take(contestant, workload, 1)
      return { result: taken, costs: taken.cost === null ? [] : [{ ...taken.cost, busiestLoadMs: 0 }] }
    }, takesMax)
    return measuredOf({ ...result, takes })
  }

  /** @param part of the whole duration */
  async #take(contestant: Contestant, workload: ContestWorkload, part: number): Promise<Taken> {
    const generator = this.#generatorOf(contestant)
    const loaded = await this.#targetOf(contestant)
    const whole = workload === 'drain' ? drainShape : shape
    if (workload === 'drain') {
      const requests = contestant === 'headlock by apify-client' ? drainRequestsOfClient : drainRequests
      // Our requests are added by our own load, which is quicker.
      await this.#round.preload(loaded, part * requests, isOurs(contestant) ? undefined : generator)
    }
    return this.#round.measure(
      workload,
      loaded,
      { ...whole, warmUpMs: part * whole.warmUpMs, measureMs: part * whole.measureMs },
      contestant === 'bullmq, 2 processes' ? 2 : 1,
      generator,
    )
  }

  #generatorOf(contestant: Contestant): Load | undefined {
    if (contestant === 'headlock') return undefined
    return isOurs(contestant) ? this.#apifyClient : this.#bullMq
  }

  /** A new queue. */
  async #targetOf(contestant: Contestant): Promise<Loaded> {
    if (isOurs(contestant)) return this.#round.newQueue()
    const { port, pid } = this.#redis
    const watched = { servers: [pid], database: null }
    return { ports: [port], token: '', queueId: `queue-${this.#queues++}`, watched }
  }
}

function isOurs(contestant: Contestant): boolean {
  return contestant.startsWith('headlock')
}
