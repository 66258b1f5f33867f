/** Kills servers at random moments while clients work, and starts them again on the same data. */
import { watch } from 'node:fs/promises'
import type { RequestTracker } from '../faults/request-tracker.ts'
import type { Random } from '../random.ts'
import type { KillableServers } from './killable-servers.ts'

/**
 * More than one thread is possible on Linux only. A single thread starts fastest, which allows more kills in
 * the same time.
 */
const threadCounts = process.platform === 'linux' ? ['1', '1', '2', '3'] : ['1']

/** Where the servers keep their data. */
export interface KillSite {
  readonly flags: readonly string[]
  /** How many servers may work on it at once. */
  readonly serversMax: number
  /** The file that a server writes only when it checkpoints its log. Null: there is no such file. */
  readonly checkpointedFile: string | null
}

export interface KillPlan {
  readonly killsMax: number
  readonly hasBigBodies: boolean
  /** Calls before each kill. Without it: a random number of calls, or a random time. */
  readonly callsBetween?: number
  /**
   * Called at every kill, with the number of calls acknowledged since the last one. `wasUp` is false when the
   * server was still starting.
   */
  onKill(acknowledgedCount: number, wasUp: boolean): void
  isOver?(): boolean
  /** What a test does to the data while every server is down. */
  whileDown?(): void
}

export class Kills {
  readonly #site: KillSite
  readonly #servers: KillableServers
  readonly #random: Random
  readonly #plan: KillPlan
  readonly #places: readonly number[]

  constructor(site: KillSite, servers: KillableServers, random: Random, plan: KillPlan) {
    this.#site = site
    this.#servers = servers
    this.#random = random
    this.#plan = plan
    this.#places = Array.from({ length: random.between(1, site.serversMax) }, (_, place) => place)
  }

  async startAll(): Promise<void> {
    for (const place of this.#places) await Promise.race([this.#start(place), this.#servers.failed])
  }

  /** As an operator does. */
  async stopAll(): Promise<void> {
    for (const place of this.#places) await this.#servers.stop(place)
  }

  /**
   * Resolves when all servers are up after the last kill, to the number of kills of servers that were up.
   *
   * @param orFailure rejects when a client or a server failed meanwhile
   */
  async killAndStart(
    tracker: RequestTracker,
    orFailure: <Result>(step: Promise<Result>) => Promise<Result>,
  ): Promise<number> {
    const { killsMax, isOver, whileDown } = this.#plan
    const starts: Promise<void>[] = []
    let triedCount = 0
    let killCount = 0
    let toldCount = 0
    while (triedCount < killsMax && !isOver?.()) {
      // This does not wait until a server is up again. A server may be killed while it starts, with or without
      // others running.
      await orFailure(killMoment(this.#site, tracker, this.#random, this.#plan))
      const chosen = this.#random.next() < 0.2 ? this.#places : [this.#random.pick(this.#places)]
      const wereUp = chosen.map((place) => this.#servers.isUp(place))
      await orFailure(Promise.all(chosen.map((place) => this.#servers.kill(place))))
      tracker.disruptionCount++
      for (const wasUp of wereUp) {
        this.#plan.onKill(tracker.acknowledgedCount - toldCount, wasUp)
        toldCount = tracker.acknowledgedCount
        triedCount++
        if (wasUp) killCount++
      }
      if (chosen.length === this.#places.length) whileDown?.()
      for (const place of chosen) starts[place] = this.#start(place)
    }
    await orFailure(Promise.all(starts))
    return killCount
  }

  #start(place: number): Promise<void> {
    return this.#servers.start(place, [...this.#site.flags, '--threads', this.#random.pick(threadCounts)])
  }
}

/**
 * Resolves after so many calls, which is in the middle of a call of other clients; or after some time,
 * perhaps during a start; or while the log is checkpointed.
 */
async function killMoment(
  { checkpointedFile }: KillSite,
  tracker: RequestTracker,
  random: Random,
  { callsBetween, hasBigBodies }: KillPlan,
): Promise<void> {
  if (callsBetween !== undefined) return tracker.acknowledged(callsBetween)
  if (hasBigBodies && checkpointedFile !== null && random.next() < 0.6) {
    const written = new AbortController()
    await Promise.race([firstWrite(checkpointedFile, written.signal), tracker.acknowledged(500)])
    written.abort()
    return passed(random.between(0, 15))
  }
  if (random.next() < 0.3) return passed(random.between(0, 1000))
  return tracker.acknowledged(random.between(1, hasBigBodies ? 150 : 300))
}

/** Resolves at the next write to the file by any process. */
async function firstWrite(file: string, stopping: AbortSignal): Promise<void> {
  try {
    for await (const _ of watch(file, { signal: stopping })) return
  } catch (error) {
    if (!stopping.aborted) throw error
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
