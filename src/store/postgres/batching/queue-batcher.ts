import { HeadlockError } from '../../../domain/errors.ts'
import { postgresStepSize } from '../../steps/steps.ts'
import { Backoff, isRetryable, rejectionOf, retryMsMax } from '../connection/retries.ts'
import type { Outcome, QueueCall } from './transaction.ts'

/** Bounds how long the first call of a transaction waits for the last one. */
const callsPerTransactionMax = 500
/** Bounds the data in one transaction: a statement has to fit into memory on both sides. */
const bytesPerTransactionMax = 16_000_000
/**
 * Bounds the requests that bulk calls in one transaction change. One full step of a bulk call gets a
 * transaction alone.
 */
const rowsPerTransactionMax = postgresStepSize.requests

export interface WaitingCall extends QueueCall {
  readonly bytes: number
  /** How many requests the call changes, if that may be more than a batch has. */
  readonly rows: number
  readonly calledAt: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

export interface QueueBatcherOptions {
  /**
   * Performs calls in one transaction. `locked` is called as soon as the transaction holds the queue's lock.
   */
  run(calls: readonly QueueCall[], locked: () => void): Promise<Outcome[]>
  /** Whether a second transaction may take a connection just to wait for the lock. */
  mayStartAhead(): boolean
  /** Called when no call waits or runs any more. */
  emptied(): void
}

interface Transaction {
  readonly callCount: number
  hasQueue: boolean
}

/**
 * Batches the calls on one queue. Calls that arrive while a transaction runs wait and share the next one. So
 * the cost per call falls as the load grows.
 *
 * Under load, a second transaction starts while the first one writes. It waits in the database for the lock
 * on the queue, and continues as soon as the first has committed. It starts only if at least half as many
 * calls wait as the first one holds: smaller batches waste a commit.
 */
export class QueueBatcher {
  readonly #options: QueueBatcherOptions
  #waiting: WaitingCall[] = []
  #backoff = new Backoff()
  /** At most two: one that holds the lock on the queue, and one that waits for it. */
  readonly #underWay: Transaction[] = []
  #isStarting = false

  constructor(options: QueueBatcherOptions) {
    this.#options = options
  }

  push(call: WaitingCall): void {
    this.#waiting.push(call)
    if (this.#isStarting) return
    this.#isStarting = true
    // Calls of the same turn of the event loop share the transaction.
    setImmediate(() => {
      this.#isStarting = false
      this.#startNext()
    })
  }

  /**
   * Rejects calls that have waited since before that moment. Calls in a running transaction have time limits
   * of their own.
   */
  rejectOlderThan(before: number): void {
    if ((this.#waiting[0]?.calledAt ?? before) >= before) return
    const expired = this.#waiting.filter(({ calledAt }) => calledAt < before)
    this.#waiting = this.#waiting.filter(({ calledAt }) => calledAt >= before)
    const problem = `the database did not come to this call within ${retryMsMax / 1000} seconds`
    for (const call of expired) call.reject(new HeadlockError('storeUnavailable', { problem }))
  }

  #startNext(): void {
    const mayStart = this.#underWay.length === 0 || this.#mayStartAhead()
    if (this.#waiting.length > 0 && mayStart) void this.#perform(this.#waiting.splice(0, this.#nextCount()))
    else if (this.#waiting.length === 0 && this.#underWay.length === 0) this.#options.emptied()
  }

  #mayStartAhead(): boolean {
    const [first, second] = this.#underWay
    const isWorthIt = first?.hasQueue === true && this.#waiting.length * 2 >= first.callCount
    return isWorthIt && second === undefined && this.#options.mayStartAhead()
  }

  async #perform(calls: readonly WaitingCall[]): Promise<void> {
    const transaction: Transaction = { callCount: calls.length, hasQueue: false }
    this.#underWay.push(transaction)
    try {
      const outcomes = await this.#options.run(calls, () => {
        transaction.hasQueue = true
        this.#startNext()
      })
      this.#backoff = new Backoff()
      settle(calls, outcomes)
    } catch (error) {
      transaction.hasQueue = false
      if (isRetryable(error)) {
        // Nothing was changed, so the calls go back to their place in line. Those that have waited too long
        // are rejected.
        this.#putBack(calls)
        this.rejectOlderThan(performance.now() - retryMsMax)
        await this.#backoff.wait()
      } else {
        await this.#performOneByOne(calls, error)
      }
    }
    this.#underWay.splice(this.#underWay.indexOf(transaction), 1)
    this.#startNext()
  }

  /** How many of the waiting calls fit into one transaction. The first one always does, whatever its size. */
  #nextCount(): number {
    let bytes = 0
    let rows = 0
    for (const [index, call] of this.#waiting.entries()) {
      bytes += call.bytes
      rows += call.rows
      const isTooMuch = bytes > bytesPerTransactionMax || rows > rowsPerTransactionMax
      if (index >= callsPerTransactionMax || (index > 0 && isTooMuch)) return index
    }
    return this.#waiting.length
  }

  /**
   * A call failed in a way that a retry cannot fix, and the whole transaction failed with it. Runs each call
   * alone, so that only the faulty one fails.
   */
  async #performOneByOne(calls: readonly WaitingCall[], error: unknown): Promise<void> {
    const rejection = rejectionOf(error)
    const isOurs = !(rejection instanceof HeadlockError)
    if (!isOurs || calls.length === 1) {
      for (const call of calls) call.reject(rejection)
      return
    }
    for (const call of calls) {
      try {
        settle([call], await this.#options.run([call], () => {}))
      } catch (ownError) {
        if (isRetryable(ownError)) this.#putBack([call])
        else call.reject(rejectionOf(ownError))
      }
    }
  }

  /** Restores the order of arrival. If two transactions fail together, the later one may be put back last. */
  #putBack(calls: readonly WaitingCall[]): void {
    this.#waiting.push(...calls)
    this.#waiting.sort((one, other) => one.calledAt - other.calledAt)
  }
}

function settle(calls: readonly WaitingCall[], outcomes: readonly Outcome[]): void {
  for (const [index, call] of calls.entries()) {
    const outcome = outcomes[index]!
    if ('answer' in outcome) call.resolve(outcome.answer)
    else call.reject(outcome.error)
  }
}
