/**
 * Clients that work on one queue while things break, and write down what was acknowledged. A call that fails with 503
 * they repeat until it succeeds, as the official clients do; nothing else may fail. So in the end nothing is in doubt,
 * and everything can be compared exactly.
 */
import assert from 'node:assert/strict'
import { HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { QueueAddress, Store } from '../../src/store/store.ts'
import { keysOf, TestQueue } from '../support/conversation.ts'

/** Longer than any test: what is locked stays so until it is given back. */
const lockSecs = 3600
/** No fault of these tests lasts so long: a call that is refused for longer would be refused for ever. */
const refusedMsMax = 40_000
/** Between a refusal and the next try; a client that did not wait would only heat the machine. */
const pauseMs = 10

/** What a worker says to a queue; `QueueClient` is one that says it to a store. Unique keys, and times in seconds. */
export interface WorkingClient {
  add(...keys: string[]): Promise<{ uniqueKey: string; wasAlreadyPresent: boolean }[]>
  lockHead(seconds: number, limit: number): Promise<{ items: readonly { uniqueKey: string }[] }>
  prolong(key: string, seconds: number): Promise<unknown>
  finish(key: string): Promise<{ requestId: string; wasAlreadyPresent: boolean; wasAlreadyHandled: boolean }>
  deleteLock(key: string): Promise<unknown>
  unlock(): Promise<unknown>
}

/** What all clients of a queue know together. */
export class Witness {
  readonly added = new Set<string>()
  readonly handled = new Set<string>()
  /** Who holds what, by the answers alone. */
  readonly #holders = new Map<string, string>()
  /** Calls that were acknowledged. */
  acknowledgedCount = 0
  /** Calls that were refused because the store was not available. */
  refusedCount = 0
  #watchers: { count: number; reached: () => void }[] = []

  /** Resolves when so many more calls were acknowledged. */
  acknowledged(more: number): Promise<void> {
    return new Promise((reached) => {
      this.#watchers.push({ count: this.acknowledgedCount + more, reached })
    })
  }

  took(key: string, holder: string): void {
    assert.ok(this.added.has(key), `${key} is given out before the call that adds it was even made`)
    assert.ok(!this.handled.has(key), `${key} was handled and is given out again`)
    assert.equal(this.#holders.get(key), undefined, `${key} is with two clients`)
    this.#holders.set(key, holder)
  }

  gaveUp(key: string): void {
    this.#holders.delete(key)
  }

  /** Makes the call until it is acknowledged; tells whether an earlier try may have been done too. */
  async until<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; inDoubt: boolean }> {
    let inDoubt = false
    const startedAt = performance.now()
    for (;;) {
      try {
        const answer = await call()
        this.acknowledgedCount++
        for (const { count, reached } of this.#watchers) if (count === this.acknowledgedCount) reached()
        return { answer, inDoubt }
      } catch (error) {
        if (!(error instanceof HeadlockError) || error.errorName !== 'storeUnavailable') throw error
        assert.ok(performance.now() - startedAt < refusedMsMax, `still refused: ${error.message}`)
        this.refusedCount++
        inDoubt = true
        await new Promise((done) => setTimeout(done, pauseMs))
      }
    }
  }

  /** The queue has exactly what was acknowledged, and every count is exact. */
  async compare(queue: TestQueue): Promise<void> {
    assert.deepEqual(await queue.store.check(), [])
    const found = await queue.client('witness').walk(1000)
    const handled = found.filter(({ handledAt }) => handledAt !== null)
    assert.deepEqual(found.map(({ uniqueKey }) => uniqueKey).sort(), [...this.added].sort())
    assert.deepEqual(handled.map(({ uniqueKey }) => uniqueKey).sort(), [...this.handled].sort())
    assert.deepEqual(await queue.counts(), {
      total: found.length,
      handled: handled.length,
      pending: found.length - handled.length,
    })
  }
}

/** Adds, locks, prolongs, gives back and marks handled until it is told to stop; then it holds nothing. */
export class Worker {
  readonly #name: string
  readonly #client: WorkingClient
  readonly #witness: Witness
  #added = 0

  constructor(name: string, client: WorkingClient, witness: Witness) {
    this.#name = name
    this.#client = client
    this.#witness = witness
  }

  async work(stopping: AbortSignal): Promise<void> {
    for (let round = 0; !stopping.aborted; round++) {
      await this.#add(1 + (round % 4))
      for (const [index, key] of (await this.#lock(1 + (round % 3))).entries()) {
        if ((round + index) % 5 === 4) await this.#giveBack(key)
        else await this.#handle(key, (round + index) % 3 === 0)
      }
    }
  }

  async #add(count: number): Promise<void> {
    const keys = Array.from({ length: count }, () => `${this.#name}-${this.#added++}`)
    for (const key of keys) this.#witness.added.add(key)
    const { answer, inDoubt } = await this.#witness.until(() => this.#client.add(...keys))
    assert.deepEqual(keysOf({ items: answer }), keys)
    if (!inDoubt) for (const { wasAlreadyPresent } of answer) assert.equal(wasAlreadyPresent, false)
  }

  async #lock(limit: number): Promise<string[]> {
    const { answer, inDoubt } = await this.#witness.until(() => this.#client.lockHead(lockSecs, limit))
    const keys = keysOf(answer)
    for (const key of keys) this.#witness.took(key, this.#name)
    if (!inDoubt) return keys
    // An answer that was lost may have had requests that nobody knows to be held: all go back.
    for (const key of keys) this.#witness.gaveUp(key)
    await this.#witness.until(() => this.#client.unlock())
    return []
  }

  async #handle(key: string, prolongFirst: boolean): Promise<void> {
    if (prolongFirst) await this.#witness.until(() => this.#client.prolong(key, lockSecs))
    const { answer, inDoubt } = await this.#witness.until(() => this.#client.finish(key))
    assert.equal(answer.wasAlreadyPresent, true)
    assert.equal(answer.requestId, requestIdOf(key))
    if (!inDoubt) assert.equal(answer.wasAlreadyHandled, false, `${key} was handled twice`)
    this.#witness.handled.add(key)
    this.#witness.gaveUp(key)
  }

  /** From the first try on somebody else may get it. */
  async #giveBack(key: string): Promise<void> {
    this.#witness.gaveUp(key)
    let tries = 0
    await this.#witness.until(async () => {
      tries++
      try {
        await this.#client.deleteLock(key)
      } catch (error) {
        const isTaken =
          error instanceof HeadlockError &&
          (error.errorName === 'requestLockedByOther' || error.errorName === 'requestHandled')
        if (tries === 1 || !isTaken) throw error
      }
    })
  }
}

/** A new queue of a new user, as one server sees it. */
export async function newQueue(store: Store, name: string): Promise<TestQueue> {
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

/** Starts the workers; `stop` resolves when the last one holds nothing any more, and rejects when one found a fault. */
export function startWorkers(
  count: number,
  clientOf: (name: string, index: number) => WorkingClient,
  witness: Witness,
): { stop(): Promise<void>; failed: Promise<never> } {
  const stopping = new AbortController()
  const names = Array.from({ length: count }, (_, index) => `worker-${index}`)
  const work = Promise.all(
    names.map((name, index) => new Worker(name, clientOf(name, index), witness).work(stopping.signal)),
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
