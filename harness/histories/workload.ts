/** Clients that work on one small queue at the same time and conflict as often as possible. */
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import type { Store } from '../../src/store/store.ts'
import type { Random } from '../random.ts'
import { actionByFilter, actionByKeys } from './action-calls.ts'
import {
  type Answer,
  type Call,
  type HistoryKind,
  type HistoryQueue,
  keyOfItem,
  type RecordedCall,
  type Sent,
} from './history.ts'
import { drainQueue, hostOf, policyCall, randomWishes } from './policy-calls.ts'
import { PolicyQueue } from './policy-queue.ts'
import { Recorder } from './recorder.ts'
import { emptyQueue } from './sequential-queue.ts'

/** A store, or several handles to the same one, and their common clock. */
export interface Ways {
  readonly stores: readonly Store[]
  readonly clock: ManualClock
  /** Whether the clock may move while calls are under way. */
  readonly movesClockMeanwhile: boolean
}

export interface PlayedHistory {
  readonly history: readonly RecordedCall[]
  /** The queue before the first call. */
  readonly begin: HistoryQueue
}

/** The least number of calls by the clients. The final reads are not included. */
const callsMin = 200
/** After at most so many calls there is a moment without an open call. A long history can be cut there. */
const callsBetweenPauses = 30
const lockTimesMs = [1, 500, 1000, 1000, 2000, 5000]
const stepsMs = [1, 499, 500, 1000, 1000, 2500]
const hourMs = 3_600_000

/**
 * Plays one history on a new queue, and reads everything at the end.
 *
 * @param kind whether the queue gets policies, which change meanwhile, and its owner acts on its requests
 */
export async function playHistory(
  { stores, clock, movesClockMeanwhile }: Ways,
  random: Random,
  kind: HistoryKind = 'clients',
): Promise<PlayedHistory> {
  const first = stores[0]!
  const { id: userId } = await first.ensureUser({ username: 'historian' })
  const { queue } = await first.getOrCreateQueue({ userId, name: null })
  const recorder = new Recorder({ userId, queue: { queueId: queue.id } }, clock)
  const keys = Array.from({ length: random.between(8, 20) }, (_, index) => `page-${index}`)
  const play = new Play(recorder, random, keys, movesClockMeanwhile, kind)
  const withPolicies = kind !== 'clients'
  if (withPolicies) await recorder.call('first', first, policyCall(random, 0))
  const workers = Array.from({ length: random.between(4, 12) }, (_, index) => {
    const client = { clientKey: `client-${index}`, runId: index % 3 === 0 ? 'run-1' : null }
    return play.work(client, stores[index % stores.length]!)
  })
  await Promise.all(workers)
  await lookAtEverything(recorder, stores, keys)
  if (withPolicies) await drainQueue(recorder, stores)
  await first.deleteQueue({ userId, queue: { queueId: queue.id } })
  return {
    history: recorder.history,
    begin: withPolicies ? PolicyQueue.empty(queue.createdAt) : emptyQueue(queue.createdAt),
  }
}

class Play {
  readonly #recorder: Recorder
  readonly #random: Random
  readonly #keys: readonly string[]
  readonly #movesClockMeanwhile: boolean
  readonly #kind: HistoryKind
  #left = callsMin
  #untilPause = callsBetweenPauses
  /** Calls under way, and those that are about to be sent. */
  #open = 0
  #lastVersion = 0
  /** The clients that wait for a pause; null while no pause is wanted. */
  #waiting: (() => void)[] | null = null
  #isPausing = false

  constructor(
    recorder: Recorder,
    random: Random,
    keys: readonly string[],
    movesClockMeanwhile: boolean,
    kind: HistoryKind,
  ) {
    this.#kind = kind
    this.#recorder = recorder
    this.#random = random
    this.#keys = keys
    this.#movesClockMeanwhile = movesClockMeanwhile
  }

  async work(client: Client, store: Store): Promise<void> {
    const memory = new Memory(client)
    while (this.#left > 0) {
      this.#left--
      await this.#turn(store)
      const call = this.#choose(memory)
      const answer = await this.#recorder.call(client.clientKey, store, call)
      this.#open--
      memory.learn(call, answer)
      if (this.#movesClockMeanwhile && this.#random.next() < 0.06) this.#step()
      if (--this.#untilPause <= 0) this.#waiting ??= []
      await this.#pauseIfQuiet(store)
      // Prevents rounds in which all calls are sent together and answered together.
      for (let turns = this.#random.between(0, 3); turns > 0; turns--) await nextTurn()
    }
  }

  async #turn(store: Store): Promise<void> {
    const waiting = this.#waiting
    if (waiting === null) {
      this.#open++
      return
    }
    const released = new Promise<void>((resolve) => void waiting.push(resolve))
    await this.#pauseIfQuiet(store)
    await released
  }

  async #pauseIfQuiet(store: Store): Promise<void> {
    if (this.#open > 0 || this.#waiting === null || this.#isPausing) return
    this.#isPausing = true
    await this.#actAlone(store)
    this.#isPausing = false
    this.#goOn(this.#waiting)
  }

  /** No other call is open. */
  async #actAlone(store: Store): Promise<void> {
    if (this.#kind !== 'actions' || this.#random.next() < 0.4) return
    await this.#recorder.call('owner', store, actionByFilter(this.#random, this.#recorder.latestTime))
  }

  /** The waiting clients continue, mostly at a later time. */
  #goOn(waiting: readonly (() => void)[]): void {
    this.#waiting = null
    this.#untilPause = this.#random.between(callsBetweenPauses / 3, callsBetweenPauses)
    if (this.#random.next() < 0.8) this.#step()
    for (const go of waiting) {
      this.#open++
      go()
    }
  }

  #step(): void {
    this.#recorder.advance(this.#random.pick(stepsMs))
  }

  #choose(memory: Memory): Call {
    const random = this.#random
    const by = random.next() < 0.05 ? anonymous(memory.client, random) : memory.client
    const held = memory.held.size > 0 ? random.pick([...memory.held]) : random.pick(this.#keys)
    const someKey = random.next() < 0.5 ? held : random.pick(this.#keys)
    const side: Side = random.next() < 0.3 ? 'forefront' : 'end'
    const lockMs = random.pick(lockTimesMs)
    const now = this.#recorder.latestTime
    if (this.#kind !== 'clients' && random.next() < 0.05) return policyCall(random, now)
    if (this.#kind === 'actions' && random.next() < 0.15) return actionByKeys(random, this.#keys, now)
    const dice = random.between(0, 99)
    if (dice < 20) return { do: 'lockHead', by, limit: random.pick([1, 1, 2, 3, 25]), lockMs }
    if (dice < 34) {
      const keys = Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, () => random.pick(this.#keys))
      return { do: 'addRequests', by, requests: keys.map((key) => this.#sent(key, 0.05)), side }
    }
    if (dice < 43) return { do: 'updateRequest', by, request: this.#sent(held, 1), side }
    if (dice < 50) return { do: 'updateRequest', by, request: this.#sent(someKey, 0), side }
    if (dice < 57) return { do: 'deleteLock', by, key: someKey, side }
    if (dice < 66)
      return { do: 'prolongLock', by, key: someKey, lockMs, side: random.next() < 0.6 ? undefined : side }
    if (dice < 70) return { do: 'unlockRequests', by, hasClientKey: random.next() < 0.8 }
    if (dice < 73 && memory.lastLocked !== null) return memory.lastLocked
    if (dice < 76) return { do: 'deleteRequest', by, key: someKey }
    if (dice < 78)
      return { do: 'deleteRequests', by, keys: [random.pick(this.#keys), random.pick(this.#keys)] }
    if (dice < 87) return { do: 'getRequest', key: someKey }
    if (dice < 93) return { do: 'getQueue' }
    return { do: 'listHead', by, limit: random.pick([1, 3, 1000]) }
  }

  #sent(key: string, handledShare: number): Sent {
    const sent = { key, version: ++this.#lastVersion, handled: this.#random.next() < handledShare }
    return this.#kind !== 'clients' ? { ...sent, host: hostOf(key), ...randomWishes(this.#random) } : sent
  }
}

/** What a client knows from its answers. */
class Memory {
  readonly client: Client
  readonly held = new Set<string>()
  lastLocked: (Call & { do: 'returnLocks' }) | null = null

  constructor(client: Client) {
    this.client = client
  }

  learn(call: Call, answer: Answer): void {
    if (call.do === 'lockHead' && !('refused' in answer)) {
      const keys = (answer['items'] as readonly string[]).map(keyOfItem)
      for (const key of keys) this.held.add(key)
      const lockExpiresAt = answer['lockExpiresAt'] as number
      const { clientKey } = call.by
      if (keys.length > 0) this.lastLocked = { do: 'returnLocks', clientKey, keys, lockExpiresAt }
    } else if (call.do === 'updateRequest') this.held.delete(call.request.key)
    else if (call.do === 'deleteLock') this.held.delete(call.key)
    else if (call.do === 'unlockRequests') this.held.clear()
  }
}

/** A call without a client key: a client that occurs only once, of the same run. */
function anonymous({ runId }: Client, random: Random): Client {
  return { clientKey: `once-${random.between(0, 999_999)}`, runId }
}

/**
 * Reads everything: counts, each request, the order, and the end of the locks. All that was acknowledged must
 * be there.
 */
async function lookAtEverything(
  recorder: Recorder,
  stores: readonly Store[],
  keys: readonly string[],
): Promise<void> {
  const by = { clientKey: 'looker', runId: null }
  for (const [index, store] of stores.entries()) {
    const looker = `looker-${index}`
    await recorder.call(looker, store, { do: 'getQueue' })
    for (const key of keys) await recorder.call(looker, store, { do: 'getRequest', key })
    await recorder.call(looker, store, { do: 'listHead', by, limit: 1000 })
  }
  recorder.advance(hourMs)
  const last = stores.at(-1)!
  await recorder.call('looker', last, { do: 'lockHead', by, limit: 1, lockMs: hourMs })
  await recorder.call('looker', stores[0]!, { do: 'lockHead', by, limit: 25, lockMs: hourMs })
  await recorder.call('looker', last, { do: 'getQueue' })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
