/**
 * What the clients of a queue know together during faults, and the final comparison with the contents of the
 * queue. A call that fails with 503 is repeated until it succeeds, as the official clients do.
 */
import assert from 'node:assert/strict'
import { HeadlockError } from '../../src/domain/errors.ts'
import type { RequestView } from '../../src/domain/request.ts'
import { content, keysOf, type TestQueue } from '../conversation.ts'
import { TrackedRequest } from './tracked-request.ts'

/** Longer than any test, so that a lock lasts until it is given back. */
const lockSecs = 3600
/** Bounds how long a call may be refused. No fault of these tests lasts this long. */
const refusedMsMax = 40_000
/** The pause between a refusal and the next try. Without it, clients would only use up the processor. */
const pauseMs = 10
/** The final comparison locks the whole head in steps of this size. */
const stepLength = 250
/** The final comparison reads so many of the latest requests one by one, besides the list of all. */
const sampleLength = 20

export class RequestTracker {
  /** By unique key, in the order of their adds. */
  readonly #requests = new Map<string, TrackedRequest>()
  /** Calls that were acknowledged. */
  acknowledgedCount = 0
  /** Calls that were refused because the store was not available. */
  refusedCount = 0
  /** How many faults happened that not every client notices by itself. */
  disruptionCount = 0
  #watchers: { count: number; reached: () => void }[] = []

  /** Resolves when `more` further calls were acknowledged. */
  acknowledged(more: number): Promise<void> {
    return new Promise((reached) => {
      this.#watchers.push({ count: this.acknowledgedCount + more, reached })
    })
  }

  /** Requests that were added, or may have been. */
  get addedCount(): number {
    return this.#requests.size
  }

  /** Requests that were deleted while their adds were under way, and that were added again. */
  get addedAgainCount(): number {
    return [...this.#requests.values()].filter(({ wasAddedAgain }) => wasAddedAgain).length
  }

  trackedRequest(key: string): TrackedRequest {
    const known = this.#requests.get(key)
    if (known !== undefined) return known
    const tracked = new TrackedRequest(key)
    this.#requests.set(key, tracked)
    return tracked
  }

  /**
   * Adds the requests, and repeats the call until it is acknowledged. `inDoubt`: an earlier try may have been
   * done too.
   */
  async add(
    keys: readonly string[],
    call: () => Promise<readonly { uniqueKey: string; wasAlreadyPresent: boolean }[]>,
  ): Promise<{ inDoubt: boolean }> {
    const trackedRequests = keys.map((key) => this.trackedRequest(key))
    const { answer, inDoubt } = await this.until(() => {
      for (const tracked of trackedRequests) tracked.addSent()
      return call()
    })
    assert.deepEqual(keysOf({ items: answer }), keys)
    for (const [index, { wasAlreadyPresent }] of answer.entries())
      trackedRequests[index]!.addAnswered(wasAlreadyPresent)
    return { inDoubt }
  }

  /**
   * Reads the head. It must not contain requests that were held all the time, or that were handled or deleted
   * before (4.5).
   */
  async lookAtHead(head: () => Promise<readonly string[]>): Promise<void> {
    const isDone = (tracked: TrackedRequest) => tracked.isHandled || tracked.isGone
    const before = new Map(
      [...this.#requests.values()].map((tracked) => [tracked.key, [isDone(tracked), tracked.hold] as const]),
    )
    const { answer } = await this.until(head)
    for (const key of answer) {
      const tracked = this.trackedRequest(key)
      const [wasDone, hold] = before.get(key) ?? [false, null]
      assert.ok(
        !(wasDone && isDone(tracked)),
        `${key} was handled or deleted, but is in the head${tracked.story}`,
      )
      const isHeld = hold !== null && hold === tracked.hold && !hold.isDeleting
      assert.ok(!isHeld, `${key} is held by ${hold?.holder}, but is in the head${tracked.story}`)
    }
  }

  /** Makes the call until it is acknowledged. `inDoubt`: an earlier try may have been done too. */
  async until<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; inDoubt: boolean }> {
    const startedAt = performance.now()
    for (let inDoubt = false; ; inDoubt = true) {
      const tried = await this.once(call)
      if ('answer' in tried) return { ...tried, inDoubt }
      const { message } = tried.refusal
      assert.ok(performance.now() - startedAt < refusedMsMax, `still refused: ${message}`)
      await new Promise((done) => setTimeout(done, pauseMs))
    }
  }

  /**
   * Makes the call once. If it is refused because the store is not available, it may have been done all the
   * same.
   */
  async once<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer } | { refusal: HeadlockError }> {
    try {
      const answer = await call()
      this.acknowledgedCount++
      this.#watchers = this.#watchers.filter(({ count, reached }) => {
        if (count <= this.acknowledgedCount) reached()
        return count > this.acknowledgedCount
      })
      return { answer }
    } catch (error) {
      if (!(error instanceof HeadlockError) || error.errorName !== 'storeUnavailable') throw error
      this.refusedCount++
      return { refusal: error }
    }
  }

  /**
   * Compares when no client works any more. The queue has exactly what was acknowledged, every count is
   * exact, everything pending can be locked exactly once (11.4), and every request is as it was sent.
   *
   * @param assertSent fails for a request that differs from what was sent; by default, from what
   *   `QueueClient` sends
   */
  async compare(queue: TestQueue, assertSent = assertPlain): Promise<void> {
    assert.deepEqual(await queue.store.check(), [])
    const found = await queue.client('tracker').walk(1000)
    const keysFound = keysOf({ items: found })
    const handled = found.filter(({ handledAt }) => handledAt !== null)
    const there = new Set(keysFound)
    const kept = this.#keysThat(
      ({ key, presence }) => presence === 'there' || (presence === 'unsure' && there.has(key)),
    )
    this.#assertSame('requests', keysFound, kept)
    const handledByAnswers = this.#keysThat(({ isHandled }) => isHandled)
    this.#assertSame('handled requests', keysOf({ items: handled }), handledByAnswers)
    const locked = found.filter(({ lockByClient }) => lockByClient !== null)
    this.#assertSame('locked requests', keysOf({ items: locked }), new Set())
    assert.deepEqual(await queue.counts(), {
      total: found.length,
      handled: handled.length,
      pending: found.length - handled.length,
    })
    const pending = [...kept].filter((key) => !handledByAnswers.has(key))
    for (const view of found) if (view.handledAt === null) assertSent(view)
    for (const key of pending.slice(-sampleLength)) assertSent(await queue.get(key))
    await this.#lockAll(queue, new Set(pending))
  }

  async #lockAll(queue: TestQueue, pending: ReadonlySet<string>): Promise<void> {
    const client = queue.client('tracker')
    const given: string[] = []
    for (;;) {
      const step = await client.lock(lockSecs, stepLength)
      if (step.length === 0) break
      given.push(...step)
    }
    this.#assertSame('requests that can be locked', given, pending)
    assert.equal(await client.unlock(), pending.size)
  }

  #keysThat(isSo: (tracked: TrackedRequest) => boolean): Set<string> {
    return new Set([...this.#requests.values()].filter(isSo).map(({ key }) => key))
  }

  #assertSame(what: string, found: readonly string[], promised: ReadonlySet<string>): void {
    const there = new Set(found)
    assert.equal(there.size, found.length, `${what}: one is listed twice`)
    const lost = [...promised].filter((key) => !there.has(key))
    const surplus = [...there].filter((key) => !promised.has(key))
    const [first] = [...lost, ...surplus]
    assert.ok(
      first === undefined,
      `${what}: ${promised.size} by the acknowledged calls, ${there.size} found; ` +
        `lost: ${lost.slice(0, 10).join(', ') || 'none'}; not expected: ${surplus.slice(0, 10).join(', ') || 'none'}` +
        (first === undefined ? '' : `; known of ${first}:${this.#requests.get(first)?.story ?? ' nothing'}`),
    )
  }
}

function assertPlain({ uniqueKey, url, otherFields }: RequestView): void {
  const sent = content(uniqueKey)
  assert.deepEqual({ url, otherFields }, { url: sent.url, otherFields: sent.otherFields }, uniqueKey)
}
