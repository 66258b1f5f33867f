/**
 * What a queue does when calls come one after the other: the rules as pure functions from (queue, call, time)
 * to (queue, answer). A queue is never changed, only replaced, so the checker can try one order of calls and
 * then another. Two queues are equal when their `text` is equal.
 */
import type { ErrorName } from '../../src/domain/errors.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { Millis } from '../../src/domain/time.ts'
import {
  type Answer,
  type Call,
  type HistoryQueue,
  itemText,
  type Performed,
  refusal,
  type Sent,
} from './history.ts'

/** A request that is not handled. */
interface Waiting {
  readonly key: string
  readonly version: number
  readonly side: Side
  /** Since when it is available, or was before it was locked. */
  readonly since: Millis
  /** The lock, if it has not expired. */
  readonly lock: { readonly holder: Client; readonly expiresAt: Millis } | null
  /** The client whose lock expired, until another client takes the request or it is given back. */
  readonly lastHolder: Client | null
  readonly text: string
}

export interface SequentialQueue extends HistoryQueue {
  /**
   * In the order in which they got their places. That order decides between requests that are available since
   * the same time.
   */
  readonly waiting: readonly Waiting[]
  /** The versions of the handled requests. */
  readonly handled: ReadonlyMap<string, number>
  /** The only client so far. `null` before the first, `several` from the second on. */
  readonly clients: string | null
  readonly modifiedAt: Millis
  readonly writeCount: number
  readonly deleteCount: number
}

export const several = '(several)'

export function emptyQueue(createdAt: Millis): SequentialQueue {
  return withText({
    now: createdAt,
    waiting: [],
    handled: new Map(),
    clients: null,
    modifiedAt: createdAt,
    writeCount: 0,
    deleteCount: 0,
  })
}

function perform(queue: SequentialQueue, call: Call, now: Millis): Performed {
  const draft = new Draft(queue, now)
  const answer = answerTo(draft, call)
  // These calls read the current state and wait for nothing. Their time may be later than that of the next
  // change.
  if (call.do === 'getRequest' || call.do === 'getQueue') return { queue, answer }
  return { queue: draft.result('refused' in answer), answer }
}

function answerTo(draft: Draft, call: Call): Answer {
  switch (call.do) {
    case 'addRequests': {
      const added = call.requests.map((sent) => {
        const there = draft.presence(sent.key)
        if (there === 'new') draft.add(sent, call.side)
        return there
      })
      draft.touch(call.by)
      return { added }
    }
    case 'updateRequest':
      return update(draft, call)
    case 'deleteRequest':
      if (!draft.remove(call.key)) return refusal('requestNotFound')
      draft.touch(call.by)
      return {}
    case 'deleteRequests':
      for (const key of call.keys) draft.remove(key)
      draft.touch(call.by)
      return {}
    case 'getRequest':
      return view(draft, call.key)
    case 'getQueue':
      return draft.counts()
    case 'listHead': {
      const first = draft.available().slice(0, call.limit)
      draft.touch(call.by)
      return { items: itemsOf(first), ...draft.marks() }
    }
    case 'lockHead': {
      const taken = draft.available().slice(0, call.limit)
      const expiresAt = draft.now + call.lockMs
      for (const request of taken) {
        draft.put({ ...request, lock: { holder: call.by, expiresAt }, lastHolder: null })
        draft.writeCount++
      }
      draft.touch(call.by)
      return {
        items: itemsOf(taken),
        lockExpiresAt: expiresAt,
        hasLocked: draft.locked().length > 0,
        ...draft.marks(),
      }
    }
    case 'returnLocks':
      for (const request of draft.locked()) {
        const { holder, expiresAt } = request.lock!
        if (!call.keys.includes(request.key)) continue
        if (holder.clientKey !== call.clientKey || expiresAt !== call.lockExpiresAt) continue
        draft.put({ ...request, lock: null })
      }
      return {}
    case 'prolongLock':
      return prolong(draft, call)
    case 'deleteLock': {
      const request = draft.find(call.key)
      if (typeof request === 'string') return refusal(request)
      if (request.lock !== null) {
        if (!mayActFor(call.by, request.lock.holder)) return refusal('requestLockedByOther')
        draft.place({ ...request, lock: null }, call.side)
      }
      draft.touch(call.by)
      return {}
    }
    case 'unlockRequests': {
      const released = inOrder(draft.locked().filter(({ lock }) => isMeant(call, lock!.holder)))
      for (const request of released.filter(({ side }) => side === 'end')) {
        draft.place({ ...request, lock: null }, 'end')
      }
      // The forefront is a stack: the first request to be handed out goes on it last.
      for (const request of released.filter(({ side }) => side === 'forefront').reverse()) {
        draft.place({ ...request, lock: null }, 'forefront')
      }
      draft.touch(call.by)
      return { unlockedCount: released.length }
    }
    case 'putPolicy':
    case 'deletePolicy':
    case 'setCooldown':
    case 'endCooldown':
    case 'act':
      throw new Error('this queue knows no policies and no actions (policy-queue.ts)')
  }
}

function update(draft: Draft, { by, request: sent, side }: Call & { do: 'updateRequest' }): Answer {
  const there = draft.presence(sent.key)
  draft.touch(by)
  if (there === 'new') {
    draft.add(sent, side)
    return { updated: there }
  }
  draft.writeCount++
  const request = draft.find(sent.key)
  if (sent.handled) draft.handle(sent)
  else if (typeof request === 'string') draft.reopen(sent, side)
  // Another client holds it, so only the data change.
  else if (request.lock !== null && !mayActFor(by, request.lock.holder)) {
    draft.put({ ...request, version: sent.version })
  } else {
    const { lastHolder } = request
    const forgotten = lastHolder !== null && mayActFor(by, lastHolder)
    const next = { ...request, version: sent.version, lock: null }
    draft.place({ ...next, lastHolder: forgotten ? null : lastHolder }, side)
  }
  return { updated: there }
}

function prolong(draft: Draft, { by, key, lockMs, side }: Call & { do: 'prolongLock' }): Answer {
  const request = draft.find(key)
  if (typeof request === 'string') return refusal(request)
  const { lock, lastHolder } = request
  if (lock !== null && !mayActFor(by, lock.holder)) return refusal('requestLockedByOther')
  if (lock === null && (lastHolder === null || !mayActFor(by, lastHolder))) return refusal('lockNotHeld')

  const expiresAt = draft.now + lockMs
  const next = { ...request, lock: { holder: lock?.holder ?? by, expiresAt }, lastHolder: null }
  if (side === undefined || side === request.side) draft.put(next)
  else draft.place(next, side)
  draft.touch(by)
  return { lockExpiresAt: expiresAt }
}

function view(draft: Draft, key: string): Answer {
  const version = draft.handled.get(key)
  if (version !== undefined) return { version, handled: true, lockExpiresAt: null, lockByClient: null }
  const request = draft.find(key)
  if (typeof request === 'string') return refusal(request)
  return {
    version: request.version,
    handled: false,
    lockExpiresAt: request.lock?.expiresAt ?? null,
    lockByClient: request.lock?.holder.clientKey ?? null,
  }
}

/** The queue while a call is performed. */
class Draft {
  readonly #before: SequentialQueue
  readonly now: Millis
  waiting: Waiting[]
  handled: Map<string, number>
  writeCount: number
  deleteCount: number
  #clients: string | null
  #isModified = false

  constructor(before: SequentialQueue, now: Millis) {
    this.#before = before
    this.now = now
    this.waiting = before.waiting.map((request) => ranOut(request, now))
    this.handled = new Map(before.handled)
    this.writeCount = before.writeCount
    this.deleteCount = before.deleteCount
    this.#clients = before.clients
  }

  /** The unhandled request, or the error when there is none. */
  find(key: string): Waiting | ErrorName {
    const found = this.waiting.find((request) => request.key === key)
    return found ?? (this.handled.has(key) ? 'requestHandled' : 'requestNotFound')
  }

  /** What the answers to add and update report. */
  presence(key: string): 'new' | 'present' | 'handled' {
    if (this.handled.has(key)) return 'handled'
    return this.waiting.some((request) => request.key === key) ? 'present' : 'new'
  }

  available(): Waiting[] {
    return inOrder(this.waiting.filter(({ lock }) => lock === null))
  }

  locked(): Waiting[] {
    return this.waiting.filter(({ lock }) => lock !== null)
  }

  add(sent: Sent, side: Side): void {
    this.writeCount++
    if (sent.handled) this.handle(sent)
    else this.reopen(sent, side)
  }

  handle({ key, version }: Sent): void {
    this.waiting = this.waiting.filter((request) => request.key !== key)
    this.handled.set(key, version)
    this.#isModified = true
  }

  /** The request was missing or handled, and waits now. */
  reopen({ key, version }: Sent, side: Side): void {
    this.handled.delete(key)
    this.place({ key, version, lock: null, lastHolder: null }, side)
  }

  /** Stores the request in its old place. */
  put(request: Omit<Waiting, 'text'>): void {
    const index = this.waiting.findIndex(({ key }) => key === request.key)
    this.waiting[index] = waitingOf(request)
    this.#isModified = true
  }

  /** Gives the request a new place: behind all others, or before them. */
  place(request: Omit<Waiting, 'text' | 'side' | 'since'>, side: Side): void {
    this.waiting = this.waiting.filter(({ key }) => key !== request.key)
    this.waiting.push(waitingOf({ ...request, side, since: this.now }))
    this.#isModified = true
  }

  remove(key: string): boolean {
    if (this.presence(key) === 'new') return false
    this.waiting = this.waiting.filter((request) => request.key !== key)
    this.handled.delete(key)
    this.deleteCount++
    this.#isModified = true
    return true
  }

  touch({ clientKey }: Client): void {
    this.#clients = this.#clients === null || this.#clients === clientKey ? clientKey : several
  }

  marks(): Answer {
    return { hadMultipleClients: this.#clients === several, modifiedAt: this.#modifiedAt }
  }

  counts(): Answer {
    const { size } = this.handled
    const { writeCount, deleteCount } = this
    return { total: this.waiting.length + size, handled: size, writeCount, deleteCount, ...this.marks() }
  }

  result(isRefused: boolean): SequentialQueue {
    const before = this.#before
    const { now, waiting, handled, writeCount, deleteCount } = this
    if (isRefused) return now === before.now ? before : withText({ ...before, now })
    const clients = this.#clients
    if (!this.#isModified && now === before.now && clients === before.clients) return before
    const { waiting: waitingBefore } = before
    return withText({
      now,
      waiting: this.#isModified ? waiting : waitingBefore,
      handled: this.#isModified ? handled : before.handled,
      clients,
      modifiedAt: this.#modifiedAt,
      writeCount,
      deleteCount,
    })
  }

  get #modifiedAt(): Millis {
    return this.#isModified ? this.now : this.#before.modifiedAt
  }
}

/** The request after its lock expired, if it did. It has been available since the end of the lock. */
function ranOut(request: Waiting, now: Millis): Waiting {
  const { lock } = request
  if (lock === null || now < lock.expiresAt) return request
  return waitingOf({ ...request, since: lock.expiresAt, lastHolder: lock.holder, lock: null })
}

/** The forefront as a stack, latest first; then the others in the order of their places. */
function inOrder(requests: readonly Waiting[]): Waiting[] {
  const asTheyCame = [...requests].sort((a, b) => a.since - b.since)
  const forefront = asTheyCame.filter(({ side }) => side === 'forefront')
  const end = asTheyCame.filter(({ side }) => side === 'end')
  return [...forefront.reverse(), ...end]
}

/** The holder itself, or a client of the same run. */
function mayActFor(client: Client, holder: Client): boolean {
  if (client.clientKey === holder.clientKey) return true
  return client.runId !== null && client.runId === holder.runId
}

function isMeant({ by, hasClientKey }: Call & { do: 'unlockRequests' }, holder: Client): boolean {
  if (hasClientKey && holder.clientKey === by.clientKey) return true
  return by.runId !== null && holder.runId === by.runId
}

function itemsOf(requests: readonly Waiting[]): string[] {
  return requests.map(({ key, version }) => itemText(key, version))
}

function waitingOf(request: Omit<Waiting, 'text'>): Waiting {
  const { key, version, side, since, lock, lastHolder } = request
  const held = lock === null ? '' : `@${clientText(lock.holder)}>${lock.expiresAt}`
  const last = lastHolder === null ? '' : `~${clientText(lastHolder)}`
  const text = `${key}#${version}${side === 'end' ? '' : '^'}${since}${held}${last}`
  return { key, version, side, since, lock, lastHolder, text }
}

function clientText({ clientKey, runId }: Client): string {
  return runId === null ? clientKey : `${clientKey}/${runId}`
}

function withText(queue: Omit<SequentialQueue, keyof HistoryQueue> & { now: Millis }): SequentialQueue {
  const { now, waiting, handled, clients, modifiedAt, writeCount, deleteCount } = queue
  const inOrderOfPlaces = waiting.map(({ text }) => text).join(' ')
  const done = [...handled].map(([key, version]) => itemText(key, version)).sort()
  const text = `${now} ${inOrderOfPlaces}|${done}|${clients} ${modifiedAt} ${writeCount} ${deleteCount}`
  return {
    ...queue,
    text,
    requestsAreIndependent: true,
    mayGiveUp: false,
    perform(call, now) {
      return perform(this, call, now)
    },
    shown(zero) {
      return shown(this, zero)
    },
  }
}

function shown({ waiting, handled }: SequentialQueue, zero: number): string {
  const texts = waiting.map(({ key, version, side, since, lock }) => {
    const held = lock === null ? '' : `, held by ${lock.holder.clientKey} until ${lock.expiresAt - zero}`
    return `${itemText(key, version)} (${side} since ${since - zero}${held})`
  })
  for (const [key, version] of handled) texts.push(`${itemText(key, version)} (handled)`)
  return texts.length === 0 ? 'empty' : texts.join(', ')
}
