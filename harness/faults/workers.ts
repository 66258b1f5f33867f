/**
 * Clients that work on one queue during faults and record what was acknowledged. A call that fails with 503
 * is repeated until it succeeds, as the official clients do. Nothing else may fail. So almost nothing is in
 * doubt at the end (tracked-request.ts), and everything can be compared exactly (request-tracker.ts).
 */
import assert from 'node:assert/strict'
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { RequestView } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { QueueAddress } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import { keysOf, TestQueue } from '../conversation.ts'
import type { RequestTracker } from './request-tracker.ts'
import type { Hold, TrackedRequest } from './tracked-request.ts'

/** Longer than any test, so that a lock lasts until it is given back. */
const lockSecs = 3600

/**
 * The calls that a worker makes on a queue. `QueueClient` is an implementation. Requests go by unique keys,
 * and times are in seconds.
 */
export interface WorkingClient {
  add(...keys: string[]): Promise<{ uniqueKey: string; wasAlreadyPresent: boolean }[]>
  head(limit: number): Promise<string[]>
  lockHead(
    seconds: number,
    limit: number,
  ): Promise<{ items: readonly { uniqueKey: string }[]; lockExpiresAt: Millis }>
  prolong(key: string, seconds: number): Promise<Millis>
  get(key: string): Promise<Pick<RequestView, 'handledAt' | 'lockByClient' | 'lockExpiresAt'>>
  finish(key: string): Promise<{ requestId: string; wasAlreadyPresent: boolean; wasAlreadyHandled: boolean }>
  deleteLock(key: string): Promise<unknown>
  delete(key: string): Promise<unknown>
  /** Resolves to the number of locks that were released. */
  unlock(): Promise<number>
}

/**
 * Adds, locks, prolongs, gives back, deletes and handles requests until it is stopped. Then it holds nothing.
 */
export class Worker {
  readonly #name: string
  readonly #client: WorkingClient
  readonly #tracker: RequestTracker
  #added = 0
  /** The requests that it holds, and the ends of their locks, according to the answers. */
  readonly #held = new Map<string, Millis>()
  #lastHandled: string | null = null
  /** Whether the outcome of one of its calls was unknown. All earlier answers must still be true. */
  #wasInDoubt = false
  #shakesSeen = 0

  constructor(name: string, client: WorkingClient, tracker: RequestTracker) {
    this.#name = name
    this.#client = client
    this.#tracker = tracker
  }

  /**
   * @param firstRound the round number decides what a worker does; different workers start with different
   *   numbers
   */
  async work(stopping: AbortSignal, firstRound: number): Promise<void> {
    for (let round = firstRound; !stopping.aborted; round++) {
      await this.#add(1 + (round % 4))
      if (round % 8 === 3) await this.#tracker.lookAtHead(() => this.#client.head(25))
      await this.#lock(1 + (round % 3))
      if (round % 16 === 15) await this.#unlock()
      for (const [index, key] of [...this.#held.keys()].entries()) {
        await this.#recheckAfterDisruption()
        // An earlier request of this round may have given all of them back.
        if (this.#held.has(key)) await this.#workOff(key, (round + index) % 10)
      }
    }
  }

  async #workOff(key: string, turn: number): Promise<void> {
    if (turn === 4 || turn === 9) return this.#giveBack(key)
    if (turn === 6) return this.#delete(key)
    if (turn % 3 === 0) await this.#prolong(key)
    if (turn % 3 === 1) await this.#lookAt(key)
    await this.#handle(key)
  }

  async #add(count: number): Promise<void> {
    const keys = Array.from({ length: count }, () => `${this.#name}-${this.#added++}`)
    const { inDoubt } = await this.#tracker.add(keys, () => this.#client.add(...keys))
    if (inDoubt) this.#wasInDoubt = true
  }

  async #lock(limit: number): Promise<void> {
    const { answer, inDoubt } = await this.#until(() => this.#client.lockHead(lockSecs, limit))
    for (const key of keysOf(answer)) {
      this.#tracker.trackedRequest(key).took(this.#name)
      this.#held.set(key, answer.lockExpiresAt)
    }
    // The lost answer may have contained locked requests that this client does not know of. It gives all of
    // them back.
    if (inDoubt) await this.#unlock()
  }

  async #unlock(): Promise<void> {
    const count = this.#held.size
    const wasInDoubt = this.#wasInDoubt
    for (const key of this.#held.keys()) this.#tracker.trackedRequest(key).gaveUp(this.#name)
    this.#held.clear()
    const { answer, inDoubt } = await this.#until(() => this.#client.unlock())
    if (!inDoubt && !wasInDoubt)
      assert.equal(answer, count, `${this.#name} released ${answer} of ${count} locks`)
  }

  async #prolong(key: string): Promise<void> {
    const { answer } = await this.#until(() => this.#client.prolong(key, lockSecs))
    this.#held.set(key, answer)
  }

  async #handle(key: string): Promise<void> {
    const { answer, inDoubt } = await this.#until(() => this.#client.finish(key))
    assert.equal(answer.wasAlreadyPresent, true, `${key} was lost while ${this.#name} held it`)
    assert.equal(answer.requestId, requestIdOf(key))
    if (!inDoubt) assert.equal(answer.wasAlreadyHandled, false, `${key} was handled twice`)
    this.#held.delete(key)
    this.#tracker.trackedRequest(key).handled()
    this.#lastHandled = key
  }

  async #delete(key: string): Promise<void> {
    const tracked = this.#tracker.trackedRequest(key)
    const { hold, mayRepeat } = tracked.deleting()
    if (!mayRepeat) return this.#deleteOnce(key, tracked, hold)
    let tries = 0
    await this.#until(async () => {
      tries++
      try {
        await this.#client.delete(key)
      } catch (error) {
        if (tries === 1 || !isRefusal(error, 'requestNotFound')) throw error
      }
    })
    this.#held.delete(key)
    tracked.deleted(hold)
  }

  /**
   * Without an answer, the request is either deleted (and perhaps added again), or given back with all others
   * of this client.
   */
  async #deleteOnce(key: string, tracked: TrackedRequest, hold: Hold): Promise<void> {
    const tried = await this.#tracker.once(() => this.#client.delete(key))
    if ('answer' in tried) {
      this.#held.delete(key)
      tracked.deleted(hold)
      return
    }
    this.#wasInDoubt = true
    tracked.mayBeDeleted(hold)
    await this.#unlock()
  }

  /** From the first try on, another client may get the request. */
  async #giveBack(key: string): Promise<void> {
    this.#tracker.trackedRequest(key).gaveUp(this.#name)
    this.#held.delete(key)
    let tries = 0
    await this.#until(async () => {
      tries++
      try {
        await this.#client.deleteLock(key)
      } catch (error) {
        const isTaken = isRefusal(error, 'requestLockedByOther', 'requestHandled', 'requestNotFound')
        if (tries === 1 || !isTaken) throw error
      }
    })
  }

  /** Checks all earlier answers to this client that no other client can have made outdated. */
  async #recheckAfterDisruption(): Promise<void> {
    while (this.#wasInDoubt || this.#shakesSeen < this.#tracker.disruptionCount) {
      this.#wasInDoubt = false
      this.#shakesSeen = this.#tracker.disruptionCount
      for (const key of this.#held.keys()) await this.#lookAt(key)
      if (this.#lastHandled === null) continue
      const handled = this.#lastHandled
      const { answer } = await this.#until(() => this.#client.get(handled))
      assert.notEqual(answer.handledAt, null, `${handled} was handled and is not handled any more`)
    }
  }

  async #lookAt(key: string): Promise<void> {
    const { answer } = await this.#until(() => this.#client.get(key))
    const { handledAt, lockByClient, lockExpiresAt } = answer
    assert.deepEqual(
      { handledAt, lockByClient, lockExpiresAt },
      { handledAt: null, lockByClient: this.#name, lockExpiresAt: this.#held.get(key) },
      `${this.#name} was told that it has the lock of ${key}${this.#tracker.trackedRequest(key).story}`,
    )
  }

  async #until<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; inDoubt: boolean }> {
    const result = await this.#tracker.until(call)
    if (result.inDoubt) this.#wasInDoubt = true
    return result
  }
}

function isRefusal(error: unknown, ...names: ErrorName[]): boolean {
  return error instanceof HeadlockError && names.includes(error.errorName)
}

/** A new queue of a new user, as one server sees it. */
export async function newQueue(store: Store, name: string | null): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'faults' })
  const { queue } = await store.getOrCreateQueue({ userId, name })
  return new TestQueue(store, userId, { queueId: queue.id })
}

/** The same queue by another address, or through another server. */
export function sameQueue(
  { store, userId, queue }: TestQueue,
  changes: { store?: Store; queue?: QueueAddress },
): TestQueue {
  return new TestQueue(changes.store ?? store, userId, changes.queue ?? queue)
}

/**
 * Starts the workers. `stop` resolves when the last one holds nothing any more, and rejects when one found a
 * fault.
 */
export function startWorkers(
  count: number,
  clientOf: (name: string, index: number) => WorkingClient,
  tracker: RequestTracker,
): { stop(): Promise<void>; failed: Promise<never> } {
  const stopping = new AbortController()
  const names = Array.from({ length: count }, (_, index) => `worker-${index}`)
  const work = Promise.all(
    names.map((name, index) => new Worker(name, clientOf(name, index), tracker).work(stopping.signal, index)),
  )
  const failed = work.then(() => new Promise<never>(() => {}))
  failed.catch(() => stopping.abort())
  return {
    failed,
    async stop() {
      stopping.abort()
      await work
    },
  }
}
