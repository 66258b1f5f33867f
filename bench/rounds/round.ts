import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../load/calls.ts'
import { Load, type LoadResult } from '../load/load.ts'
import type { LoadOptions, WorkloadName } from '../load/messages.ts'
import type { NumberRange } from '../load/numbers.ts'
import type { Snapshot, Watched } from '../machine/cost.ts'
import { costBetween, snapshotOf } from '../machine/cost.ts'
import { Proc } from '../machine/proc.ts'
import { Child } from '../processes/child.ts'
import type { Measured } from './figures.ts'
import type { Taken } from './takes.ts'

/** Bounds the preload. A slower server continues with what it has by then. */
const preloadMsMax = 10_000
/** A preload of very many may take longer than that: as long as this rate takes. */
const preloadsPerMs = 5
/**
 * How long the server may still be busy after a preload, with a checkpoint. This is not measured with what
 * follows.
 */
const settleMs = 300

const proc = new Proc()

/** How a workload is run. The default is 64 connections at full speed. */
export type Shape = Pick<LoadOptions, 'warmUpMs' | 'measureMs'> &
  Partial<
    Pick<
      LoadOptions,
      'queueIds' | 'connections' | 'clients' | 'callsPerSecond' | 'known' | 'markEvery' | 'hostCount'
    >
  >

/** What is loaded, and the processes that do the work. */
export interface Loaded extends Target {
  readonly watched: Omit<Watched, 'load'>
}

/** One round: fresh servers on a new store, and the load. Subclasses choose the store. */
export abstract class Round {
  readonly #load = new Load()
  #nextNumber = 0

  /** The address of the servers, once they are ready. */
  abstract address(): Promise<Pick<Target, 'ports' | 'token'>>

  /** The processes of the servers and of their database. */
  protected abstract watched(): Promise<Omit<Watched, 'load'>>

  /** What the store and the disk can do without a server, by the names in comparisons.ts. */
  abstract storeLimits(measureMs: number): Promise<Record<string, Measured>>

  /** Of all servers together. */
  abstract residentBytes(): Promise<number>

  newNumbersFrom(first: number): void {
    this.#nextNumber = first
  }

  /** The number of the next new URL. */
  get nextNumber(): number {
    return this.#nextNumber
  }

  /** Creates a queue on the servers under load. */
  async newQueue(): Promise<Loaded> {
    const { ports, token } = await this.address()
    const answer = await fetch(`http://127.0.0.1:${ports[0]}/v2/request-queues`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    if (!answer.ok) throw new Error(`No new queue: status ${answer.status}, ${await answer.text()}`)
    const { data } = (await answer.json()) as { data: { id: string } }
    return this.queue(data.id)
  }

  /** An existing queue, on the servers that run now. */
  async queue(queueId: string): Promise<Loaded> {
    return { ...(await this.address()), queueId, watched: await this.watched() }
  }

  /** Runs the server of limit (a) during `use`. */
  async withEcho<Result>(use: (echo: Loaded) => Promise<Result>): Promise<Result> {
    const echo = new Child('baselines/echo-server.ts')
    try {
      const { port } = await echo.next<{ port: number }>()
      // The same token, so that calls have the same length.
      const { token } = await this.address()
      const watched = { servers: [echo.process.pid!], database: null }
      return await use({ ports: [port], token, queueId: 'abcdefghijklmnopq', watched })
    } finally {
      await echo.stop()
    }
  }

  /**
   * Loads the servers until the time is over or nothing is left to do, and measures the cost.
   *
   * @param generator another load than that of the round
   */
  async measure(
    workload: WorkloadName,
    loaded: Loaded,
    shape: Shape,
    processes = 1,
    generator = this.#load,
  ): Promise<Taken> {
    const look = () => this.look(loaded, generator)
    let begun: Snapshot | null = null
    let ended: Snapshot | null = null
    const load = await this.#run(workload, loaded, shape, processes, generator, {
      begun: () => {
        begun = look()
      },
      ended: () => {
        ended = look()
      },
    })
    return { load, cost: begun === null || ended === null ? null : costBetween(begun, ended) }
  }

  /** The processor time used so far; null where the system does not report it. */
  look({ watched }: Loaded, generator = this.#load): Snapshot | null {
    return proc.isThere() ? snapshotOf(proc, { ...watched, load: generator.pids }) : null
  }

  /** Loads the servers until the time is over or nothing is left to do. */
  run(workload: WorkloadName, target: Target, shape: Shape, generator = this.#load): Promise<LoadResult> {
    return this.#run(workload, target, shape, 1, generator)
  }

  /**
   * Adds at least `count` new requests to the queue, or as many as there is time for, and lets the server
   * settle.
   *
   * @param hostCount over how many hosts they are spread
   * @returns the numbers of their URLs
   * @throws Error when no request was added in that time
   */
  async preload(target: Target, count: number, generator = this.#load, hostCount = 1): Promise<NumberRange> {
    const first = this.#nextNumber
    const endsAt = performance.now() + Math.max(preloadMsMax, count / preloadsPerMs)
    while (this.#nextNumber - first < count && performance.now() < endsAt) {
      await this.run('batch-add', target, { warmUpMs: 0, measureMs: 250, hostCount }, generator)
    }
    const added = this.#nextNumber - first
    if (added === 0) throw new Error(`No request could be added in ${preloadMsMax / 1000} seconds`)
    await sleep(settleMs)
    return { first, count: added }
  }

  async close(): Promise<void> {
    await this.#load.stop()
  }

  async #run(
    workload: WorkloadName,
    { ports, token, queueId }: Target,
    shape: Shape,
    processes: number,
    generator: Load,
    listener?: Parameters<Load['run']>[2],
  ): Promise<LoadResult> {
    const ask: LoadOptions = {
      connections: 64,
      clients: shape.connections ?? 64,
      callsPerSecond: null,
      known: { first: 0, count: 0 },
      markEvery: null,
      ...shape,
      workload,
      target: { ports, token, queueId },
      firstNewNumber: this.#nextNumber,
    }
    const result = await generator.run(ask, processes, listener)
    this.#nextNumber = result.nextNewNumber
    return result
  }
}
