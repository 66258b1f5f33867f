import type { Millis } from '../../domain/time.ts'
import type { LockedHead, LockHead } from '../../store/params/head-and-locks.ts'
import type { EndWatch } from '../../store/params/waiting.ts'
import type { Store } from '../../store/store.ts'
import type { CallContext } from '../call-context.ts'
import type { Admission } from '../overload/admission.ts'
import { type EndOfWait, QueueWaiters, type Waiter } from './queue-waiters.ts'

/** Bounds how many callers of one thread wait. Each takes some kilobytes, and its connection. Others are answered at once. */
export const waitersMax = 10_000
/**
 * How often to compare the clock with what is due, at least. Timers of the system do not see that a clock was set, or a
 * clock that a test moves.
 */
const tickMs: Millis = 100
/** A clock that moved further than this beside the monotonic one was set. */
const clockSetMs: Millis = 50
/** How long a queue is watched after its last caller. The next one begins to wait without a look at the store. */
const lingerMs: Millis = 5_000

interface WatchedQueue {
  readonly queueId: string
  readonly waiters: QueueWaiters
  /** Rejects if the store cannot watch the queue. */
  readonly watch: Promise<EndWatch>
  /** How many calls wait, or are about to. */
  callCount: number
  /** When the last of them ended, by `now`. */
  unusedSince: number
}

/** The head/locks of this thread that wait until there is something to hand out (13.14). */
export class Waiting {
  readonly #store: Store
  readonly #admission: Admission
  readonly #now: () => number
  readonly #wallMs: () => Millis
  readonly #queues = new Map<string, WatchedQueue>()
  #waiterCount = 0
  /** The number of the last news of any queue. */
  #lastNews = 0
  #timer: NodeJS.Timeout | null = null
  /** When the timer ends, by `now`. */
  #timerAt = Number.POSITIVE_INFINITY
  /** How far the wall clock is ahead of `now`. */
  #leadMs = 0
  #isStopped = false

  /**
   * @param now milliseconds from any starting point
   * @param wallMs milliseconds since 1970; only shows whether the clock was set
   */
  constructor(store: Store, admission: Admission, now: () => number, wallMs: () => Millis) {
    this.#store = store
    this.#admission = admission
    this.#now = now
    this.#wallMs = wallMs
  }

  /**
   * A head/lock that waits for at most `waitMs` until it takes something. The answer is that of one `lockHead` at the
   * moment at which this resolves, except that a caller that has disconnected takes nothing any more.
   *
   * @throws HeadlockError as `lockHead` of the store
   */
  async lockHead(params: LockHead, waitMs: Millis, call: CallContext): Promise<LockedHead> {
    const endsAt = this.#now() + waitMs
    let lastNews = this.#lastNews
    let head = await this.#store.lockHead(params)
    if (head.items.length > 0 || this.#waiterCount >= waitersMax) return head
    // By ID, because its name may belong to another queue later.
    const { queueId } = head
    const watched = this.#watched(queueId, params.userId)
    watched.callCount++
    try {
      // Without a watch nobody would wake the caller. The answer is as true as without `waitSecs`.
      if (!(await isWatched(watched))) return head
      const traits = { limit: params.limit, endsAt }
      for (let wasWoken = false; !this.#isStopped; wasWoken = true) {
        if (isGone(call)) return head
        const reason = await this.#wait(watched.waiters, traits, call, lastNews, wasWoken)
        if (reason === 'gone') return head
        if (reason === 'woken' && isGone(call)) {
          watched.waiters.tried(false)
          return head
        }
        lastNews = this.#lastNews
        head = await this.#try({ ...params, queue: { queueId } }, watched.waiters, reason)
        if (head.items.length > 0 || reason === 'over' || this.#now() >= endsAt) return head
      }
      return head
    } finally {
      watched.callCount--
      watched.unusedSince = this.#now()
    }
  }

  /** Ends all waits, and lets none begin. */
  stop(): void {
    this.#isStopped = true
    for (const watched of this.#queues.values()) {
      watched.waiters.endAll()
      this.#forget(watched)
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async #try(params: LockHead, waiters: QueueWaiters, reason: EndOfWait): Promise<LockedHead> {
    let tookSome = false
    try {
      const head = await this.#store.lockHead(params)
      tookSome = head.items.length > 0
      return head
    } finally {
      if (reason === 'woken') waiters.tried(tookSome)
    }
  }

  async #wait(
    waiters: QueueWaiters,
    traits: Pick<Waiter, 'limit' | 'endsAt'>,
    call: CallContext,
    lastNews: number,
    wasWoken: boolean,
  ): Promise<EndOfWait> {
    const { response } = call
    const beganAt = performance.now()
    const { promise: ended, resolve } = Promise.withResolvers<EndOfWait>()
    const waiter: Waiter = { ...traits, end: resolve }
    const leave = () => {
      waiters.remove(waiter)
      resolve('gone')
    }
    response.once('close', leave)
    this.#waiterCount++
    try {
      return await this.#admission.aside(() => {
        waiters.add(waiter, lastNews, wasWoken)
        return ended
      })
    } finally {
      this.#waiterCount--
      response.off('close', leave)
      call.waitedMs += performance.now() - beganAt
    }
  }

  #watched(queueId: string, userId: string): WatchedQueue {
    const known = this.#queues.get(queueId)
    if (known !== undefined) return known
    const waiters = new QueueWaiters({
      now: this.#now,
      whenAvailable: () => this.#store.whenAvailable({ userId, queue: { queueId } }),
      isDueAt: (at) => this.#setTimer(at),
    })
    const watch = this.#store.watchQueue({
      queueId,
      changed: (news) => waiters.changed(news, ++this.#lastNews),
    })
    if (this.#queues.size === 0) this.#leadMs = this.#wallMs() - this.#now()
    const watched = { queueId, waiters, watch, callCount: 0, unusedSince: this.#now() }
    this.#queues.set(queueId, watched)
    watch.catch(() => this.#forget(watched))
    this.#setTimer(this.#now() + tickMs)
    return watched
  }

  #forget(watched: WatchedQueue): void {
    if (this.#queues.get(watched.queueId) === watched) this.#queues.delete(watched.queueId)
    watched.watch.then(
      (end) => end(),
      () => {},
    )
  }

  #setTimer(at: number): void {
    if (this.#timer !== null && at >= this.#timerAt) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(at - this.#now()))).unref()
  }

  #tick(): void {
    this.#timer = null
    const now = this.#now()
    const leadMs = this.#wallMs() - now
    const wasSet = Math.abs(leadMs - this.#leadMs) > clockSetMs
    this.#leadMs = leadMs
    let nextAt = now + tickMs
    for (const watched of this.#queues.values()) {
      const { waiters, callCount, unusedSince } = watched
      waiters.pass(now, ++this.#lastNews)
      if (wasSet) waiters.look()
      nextAt = Math.min(nextAt, waiters.dueAt)
      if (callCount === 0 && now - unusedSince > lingerMs) this.#forget(watched)
    }
    if (this.#queues.size > 0) this.#setTimer(nextAt)
  }
}

function isGone({ response, message }: CallContext): boolean {
  return response.closed || message.socket.destroyed
}

function isWatched({ watch }: WatchedQueue): Promise<boolean> {
  return watch.then(
    () => true,
    () => false,
  )
}
