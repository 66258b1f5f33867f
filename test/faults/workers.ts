/**
 * Clients that work on one queue while things break, and write down what was acknowledged. A call that fails with 503
 * they repeat until it succeeds, as the official clients do; nothing else may fail. So in the end nothing is in doubt,
 * and everything can be compared exactly.
 */
import assert from 'node:assert/strict'
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { RequestView } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { QueueAddress, Store } from '../../src/store/store.ts'
import { content, keysOf, TestQueue } from '../support/conversation.ts'

/** Longer than any test: what is locked stays so until it is given back. */
const lockSecs = 3600
/** No fault of these tests lasts so long: a call that is refused for longer would be refused for ever. */
const refusedMsMax = 40_000
/** Between a refusal and the next try; a client that did not wait would only heat the machine. */
const pauseMs = 10
/** At the end the whole head is locked in steps of so many, ... */
const stepLength = 250
/** ... and so many of the requests that were added last are looked at one by one, beside the list of all. */
const sampleLength = 20

/** What a worker says to a queue; `QueueClient` is one that says it to a store. Unique keys, and times in seconds. */
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
  /** How many locks it released. */
  unlock(): Promise<number>
}

/** One request with one client, from the answer that gave it to the call that gives it back. */
interface Hold {
  readonly holder: string
}

/** What all clients of a queue know together. */
export class Witness {
  readonly added = new Set<string>()
  readonly handled = new Set<string>()
  readonly deleted = new Set<string>()
  /** Who holds what, by the answers alone. */
  readonly #holds = new Map<string, Hold>()
  /** Calls that were acknowledged. */
  acknowledgedCount = 0
  /** Calls that were refused because the store was not available. */
  refusedCount = 0
  /** How often something broke that not every client notices by itself. */
  shakeCount = 0
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
    assert.ok(!this.deleted.has(key), `${key} was deleted and is given out again`)
    const other = this.#holds.get(key)
    assert.ok(other === undefined, `${key} is with two clients, ${other?.holder} and ${holder}`)
    this.#holds.set(key, { holder })
  }

  gaveUp(key: string): void {
    this.#holds.delete(key)
  }

  wasHandled(key: string): void {
    this.handled.add(key)
    this.gaveUp(key)
  }

  wasDeleted(key: string): void {
    this.deleted.add(key)
    this.gaveUp(key)
  }

  /** Looks at the head: what somebody held all the time, or was done with before, is not in it (4.5). */
  async lookAtHead(head: () => Promise<readonly string[]>): Promise<void> {
    const before = new Map(this.#holds)
    const done = new Set([...this.handled, ...this.deleted])
    const { answer } = await this.until(head)
    for (const key of answer) {
      assert.ok(!done.has(key), `${key} was handled or deleted and is in the head`)
      const hold = before.get(key)
      const isHeld = hold !== undefined && hold === this.#holds.get(key)
      assert.ok(!isHeld, `${key} is with ${hold?.holder} and is in the head`)
    }
  }

  /** Makes the call until it is acknowledged; tells whether an earlier try may have been done too. */
  async until<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; inDoubt: boolean }> {
    let inDoubt = false
    const startedAt = performance.now()
    for (;;) {
      try {
        const answer = await call()
        this.acknowledgedCount++
        this.#watchers = this.#watchers.filter(({ count, reached }) => {
          if (count <= this.acknowledgedCount) reached()
          return count > this.acknowledgedCount
        })
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

  /**
   * When nobody works any more: the queue has exactly what was acknowledged, every count is exact, all that is pending
   * can be had, each once (11.4), and what was added is there as it was sent.
   *
   * @param assertSent fails for a request that is not what was sent; without it, for what `QueueClient` does not send
   */
  async compare(queue: TestQueue, assertSent = assertPlain): Promise<void> {
    assert.deepEqual(await queue.store.check(), [])
    const found = await queue.client('witness').walk(1000)
    const handled = found.filter(({ handledAt }) => handledAt !== null)
    const kept = new Set([...this.added].filter((key) => !this.deleted.has(key)))
    assertSame('requests', keysOf({ items: found }), kept)
    assertSame('handled requests', keysOf({ items: handled }), this.handled)
    const locked = found.filter(({ lockByClient }) => lockByClient !== null)
    assertSame('locked requests', keysOf({ items: locked }), new Set())
    assert.deepEqual(await queue.counts(), {
      total: found.length,
      handled: handled.length,
      pending: found.length - handled.length,
    })
    const pending = [...kept].filter((key) => !this.handled.has(key))
    for (const view of found) if (view.handledAt === null) assertSent(view)
    for (const key of pending.slice(-sampleLength)) assertSent(await queue.get(key))
    await lockAll(queue, new Set(pending))
  }
}

async function lockAll(queue: TestQueue, pending: ReadonlySet<string>): Promise<void> {
  const client = queue.client('witness')
  const given: string[] = []
  for (;;) {
    const step = await client.lock(lockSecs, stepLength)
    if (step.length === 0) break
    given.push(...step)
  }
  assertSame('requests that can be had', given, pending)
  assert.equal(await client.unlock(), pending.size)
}

function assertPlain({ uniqueKey, url, otherFields }: RequestView): void {
  const sent = content(uniqueKey)
  assert.deepEqual({ url, otherFields }, { url: sent.url, otherFields: sent.otherFields }, uniqueKey)
}

function assertSame(what: string, found: readonly string[], promised: ReadonlySet<string>): void {
  const there = new Set(found)
  assert.equal(there.size, found.length, `${what}: one is there twice`)
  const lost = [...promised].filter((key) => !there.has(key))
  const surplus = [...there].filter((key) => !promised.has(key))
  assert.ok(
    lost.length === 0 && surplus.length === 0,
    `${what}: ${promised.size} by what was acknowledged, ${there.size} there; ` +
      `lost: ${lost.slice(0, 10).join(', ') || 'none'}; too many: ${surplus.slice(0, 10).join(', ') || 'none'}`,
  )
}

/** Adds, locks, prolongs, gives back, deletes and marks handled until it is told to stop; then it holds nothing. */
export class Worker {
  readonly #name: string
  readonly #client: WorkingClient
  readonly #witness: Witness
  #added = 0
  /** What it holds, and until when, as it was told. */
  readonly #held = new Map<string, Millis>()
  #lastHandled: string | null = null
  /** A call of its own was in doubt: whatever broke, what it was told before has to be so still. */
  #wasInDoubt = false
  #shakesSeen = 0

  constructor(name: string, client: WorkingClient, witness: Witness) {
    this.#name = name
    this.#client = client
    this.#witness = witness
  }

  /** @param firstRound what it does depends on the number of the round: not all shall do the same at the same time */
  async work(stopping: AbortSignal, firstRound: number): Promise<void> {
    for (let round = firstRound; !stopping.aborted; round++) {
      await this.#add(1 + (round % 4))
      if (round % 8 === 3) await this.#witness.lookAtHead(() => this.#client.head(25))
      await this.#lock(1 + (round % 3))
      if (round % 16 === 15) await this.#unlock()
      for (const [index, key] of [...this.#held.keys()].entries()) {
        await this.#lookAtAllAfterShake()
        await this.#workOff(key, (round + index) % 10)
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
    for (const key of keys) this.#witness.added.add(key)
    const { answer, inDoubt } = await this.#until(() => this.#client.add(...keys))
    assert.deepEqual(keysOf({ items: answer }), keys)
    if (!inDoubt) for (const { wasAlreadyPresent } of answer) assert.equal(wasAlreadyPresent, false)
  }

  async #lock(limit: number): Promise<void> {
    const { answer, inDoubt } = await this.#until(() => this.#client.lockHead(lockSecs, limit))
    for (const key of keysOf(answer)) {
      this.#witness.took(key, this.#name)
      this.#held.set(key, answer.lockExpiresAt)
    }
    // An answer that was lost may have had requests that nobody knows to be held: all go back.
    if (inDoubt) await this.#unlock()
  }

  async #unlock(): Promise<void> {
    const count = this.#held.size
    const wasInDoubt = this.#wasInDoubt
    for (const key of this.#held.keys()) this.#witness.gaveUp(key)
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
    assert.equal(answer.wasAlreadyPresent, true, `${key} was lost while ${this.#name} had it`)
    assert.equal(answer.requestId, requestIdOf(key))
    if (!inDoubt) assert.equal(answer.wasAlreadyHandled, false, `${key} was handled twice`)
    this.#held.delete(key)
    this.#witness.wasHandled(key)
    this.#lastHandled = key
  }

  async #delete(key: string): Promise<void> {
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
    this.#witness.wasDeleted(key)
  }

  /** From the first try on somebody else may get it. */
  async #giveBack(key: string): Promise<void> {
    this.#witness.gaveUp(key)
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

  /** Everything that it was told and nobody else can have changed. */
  async #lookAtAllAfterShake(): Promise<void> {
    while (this.#wasInDoubt || this.#shakesSeen < this.#witness.shakeCount) {
      this.#wasInDoubt = false
      this.#shakesSeen = this.#witness.shakeCount
      for (const key of this.#held.keys()) await this.#lookAt(key)
      if (this.#lastHandled === null) continue
      const handled = this.#lastHandled
      const { answer } = await this.#until(() => this.#client.get(handled))
      assert.notEqual(answer.handledAt, null, `${handled} was handled and is so no more`)
    }
  }

  async #lookAt(key: string): Promise<void> {
    const { answer } = await this.#until(() => this.#client.get(key))
    const { handledAt, lockByClient, lockExpiresAt } = answer
    assert.deepEqual(
      { handledAt, lockByClient, lockExpiresAt },
      { handledAt: null, lockByClient: this.#name, lockExpiresAt: this.#held.get(key) },
      `${this.#name} was told that it has the lock of ${key}`,
    )
  }

  async #until<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; inDoubt: boolean }> {
    const result = await this.#witness.until(call)
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

/** Starts the workers; `stop` resolves when the last one holds nothing any more, and rejects when one found a fault. */
export function startWorkers(
  count: number,
  clientOf: (name: string, index: number) => WorkingClient,
  witness: Witness,
): { stop(): Promise<void>; failed: Promise<never> } {
  const stopping = new AbortController()
  const names = Array.from({ length: count }, (_, index) => `worker-${index}`)
  const work = Promise.all(
    names.map((name, index) => new Worker(name, clientOf(name, index), witness).work(stopping.signal, index)),
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
