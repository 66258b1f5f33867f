/**
 * Clients that crawl a queue with a policy to its end, during faults. What they know together shows that no host is ever above
 * its rule (13.3 to 13.8), that nothing is forgotten, and that no flag ends the crawl early (12.3).
 */
import assert from 'node:assert/strict'
import { HeadlockError } from '../../src/domain/errors.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { TestQueue } from '../conversation.ts'
import { type PolicyDocument, policyFrom } from '../model/policy-document.ts'
import { ruleFor } from '../oracle/policy-rules.ts'
import type { Random } from '../random.ts'
import { RequestTracker } from './request-tracker.ts'

export interface PoliteClient {
  add(...keys: string[]): Promise<unknown>
  lockHead(seconds: number, limit: number): Promise<HandOut>
  finish(key: string): Promise<unknown>
  prolong(key: string, seconds: number): Promise<unknown>
  deleteLock(key: string): Promise<unknown>
  unlock(): Promise<unknown>
  coolDown(host: string, until: Millis): Promise<unknown>
}

interface HandOut {
  readonly items: readonly { uniqueKey: string }[]
  readonly lockExpiresAt: Millis
  readonly queueHasLockedRequests: boolean
}

export const politePolicy: PolicyDocument = {
  rules: [
    { hosts: ['one.test'], delaySecs: 0.03 },
    { hosts: ['two.test'], concurrency: 2 },
    { hosts: ['three.test', 'four.test'], concurrency: 3, delaySecs: 0.005 },
    { hosts: ['*'], concurrency: 4 },
  ],
  priorities: [{ hosts: ['two.test'], priority: 1 }],
  history: true,
}
const hosts = ['one.test', 'two.test', 'three.test', 'four.test', 'five.test', 'www.five.test']
/** Longer than any test, so that a lock lasts until it is given back. */
const lockSecs = 3600
/** So many requests wait at most, so that the crawl comes to its end soon after the last fault. */
const pendingMax = 60
/** How long the crawl may take from the last fault to its end. */
const endsWithinMs = 60_000
/** The pause of a client that got nothing. */
const pauseMs = 10

/** The host is a part of the key, so that an answer shows it. */
export function urlOf(key: string): string {
  return `https://${key}`
}

function hostOf(key: string): string {
  return key.slice(0, key.indexOf('/'))
}

export class PoliteCrawl {
  readonly tracker = new RequestTracker()
  readonly #random: Random
  readonly #policy = policyFrom(politePolicy)
  readonly #added = new Set<string>()
  /** By host, what is certainly held now: until the call is sent that may give it back. */
  readonly #held = new Map<string, Set<string>>(hosts.map((host) => [host, new Set()]))
  /** Handled, or perhaps. */
  readonly #finished = new Set<string>()
  /** By host, by the time of the store. */
  readonly #handOuts = new Map<string, Millis[]>(hosts.map((host) => [host, []]))
  readonly #coolingUntil = new Map<string, Millis>()
  #latestTime: Millis = 0
  #lastNumber = 0
  #addsUnderWay = 0
  #mustEndAt: number | null = null

  constructor(random: Random) {
    this.#random = random
  }

  /** Nothing more is added. The clients end when they are told that nothing is left. */
  finish(): void {
    this.#mustEndAt = performance.now() + endsWithinMs
  }

  get requestCount(): number {
    return this.#added.size
  }

  async work(client: PoliteClient): Promise<void> {
    for (;;) {
      const random = this.#random
      if (this.#mustEndAt === null && this.#added.size - this.#finished.size < pendingMax)
        await this.#add(client)
      if (this.#mustEndAt === null && random.next() < 0.02) await this.#coolDown(client)
      const isComplete = this.#mustEndAt !== null && this.#addsUnderWay === 0
      const { items, queueHasLockedRequests } = await this.#lock(client, random.between(1, 6))
      for (const { uniqueKey } of items) await this.#workOff(client, uniqueKey)
      if (items.length > 0) continue
      if (isComplete && !queueHasLockedRequests) return this.#assertFinished('the crawl has ended early')
      if (this.#mustEndAt !== null && performance.now() > this.#mustEndAt) {
        return this.#assertFinished(`nothing more is handed out in ${endsWithinMs} ms`)
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** Compares when no client works any more. */
  async compare(queue: TestQueue): Promise<void> {
    const { store, userId } = queue
    assert.deepEqual(await store.check(), [])
    const { size } = this.#added
    assert.deepEqual(await queue.counts(), { total: size, handled: size, pending: 0 })
    const { document } = await store.getPolicy({ userId, queue: queue.queue })
    assert.deepEqual(document, politePolicy, 'the policy is the one that was put')
  }

  async #add(client: PoliteClient): Promise<void> {
    const keys = Array.from({ length: this.#random.between(1, 4) }, () => {
      return `${this.#random.pick(hosts)}/${this.#lastNumber++}`
    })
    this.#addsUnderWay++
    // They may be handed out before the answer comes.
    for (const key of keys) this.#added.add(key)
    await this.tracker.until(() => client.add(...keys))
    this.#addsUnderWay--
  }

  async #coolDown(client: PoliteClient): Promise<void> {
    const host = this.#random.pick(hosts)
    const until = this.#latestTime + this.#random.between(100, 1000)
    await this.tracker.until(() => client.coolDown(host, until))
    this.#coolingUntil.set(host, Math.max(until, this.#coolingUntil.get(host) ?? 0))
  }

  async #lock(client: PoliteClient, limit: number): Promise<HandOut> {
    const cooling = new Map(this.#coolingUntil)
    const { answer, inDoubt } = await this.tracker.until(() => client.lockHead(lockSecs, limit))
    const { items, lockExpiresAt } = answer
    const at = lockExpiresAt - lockSecs * 1000
    if (items.length > 0) this.#latestTime = Math.max(this.#latestTime, at)
    for (const { uniqueKey } of items) this.#took(uniqueKey, at, cooling)
    for (const { uniqueKey } of items) this.#assertWithinRule(hostOf(uniqueKey))
    if (!inDoubt) return answer
    // The lost answer may have contained requests that nobody knows of. All of them are given back.
    for (const { uniqueKey } of items) this.#gaveUp(uniqueKey)
    await this.tracker.until(() => client.unlock())
    return { ...answer, items: [], queueHasLockedRequests: true }
  }

  #took(key: string, at: Millis, cooling: ReadonlyMap<string, Millis>): void {
    const host = hostOf(key)
    const held = this.#held.get(host)
    assert.ok(held !== undefined && this.#added.has(key), `${key} is handed out and was never added`)
    assert.ok(!this.#finished.has(key), `${key} was handled, and is handed out again`)
    assert.ok(!held.has(key), `${key} is held by two clients`)
    held.add(key)
    const until = cooling.get(host) ?? 0
    assert.ok(at >= until, `${key} is handed out at ${at}, and ${host} is cooling until ${until}`)
    const { delayMs = 0 } = ruleFor(this.#policy, host) ?? {}
    const handOuts = this.#handOuts.get(host)!
    const near = handOuts.find((other) => Math.abs(at - other) < delayMs)
    assert.equal(near, undefined, `${host} is asked at ${near} and at ${at}, with a delay of ${delayMs} ms`)
    handOuts.push(at)
  }

  #assertWithinRule(host: string): void {
    const { concurrency = null } = ruleFor(this.#policy, host) ?? {}
    const held = this.#held.get(host)!
    assert.ok(
      concurrency === null || held.size <= concurrency,
      `${host} may have ${concurrency} at once, and has ${[...held].join(', ')}`,
    )
  }

  async #workOff(client: PoliteClient, key: string): Promise<void> {
    const dice = this.#random.next()
    if (dice < 0.15) await this.tracker.until(() => client.prolong(key, lockSecs))
    this.#gaveUp(key)
    if (dice > 0.8) return this.#giveBack(client, key)
    this.#finished.add(key)
    await this.tracker.until(() => client.finish(key))
  }

  /** Another client may have taken it after a try without an answer. */
  async #giveBack(client: PoliteClient, key: string): Promise<void> {
    let tries = 0
    await this.tracker.until(async () => {
      tries++
      try {
        await client.deleteLock(key)
      } catch (error) {
        if (tries === 1 || isUnavailable(error)) throw error
      }
    })
  }

  #gaveUp(key: string): void {
    this.#held.get(hostOf(key))!.delete(key)
  }

  #assertFinished(what: string): void {
    const left = [...this.#added].filter((key) => !this.#finished.has(key))
    assert.deepEqual(left, [], `${what}, and this is left`)
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof HeadlockError && error.errorName === 'storeUnavailable'
}

/** Starts the clients. `failed` rejects when one finds a fault. */
export function startPoliteClients(
  crawl: PoliteCrawl,
  clients: readonly PoliteClient[],
): { ended: Promise<unknown>; failed: Promise<never> } {
  const ended = Promise.all(clients.map((client) => crawl.work(client)))
  const failed = ended.then(() => new Promise<never>(() => {}))
  failed.catch(() => {})
  return { ended, failed }
}
