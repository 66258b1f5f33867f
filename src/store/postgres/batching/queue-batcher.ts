import { HeadlockError } from '../../../domain/errors.ts'
import { postgresStepSize } from '../../steps/steps.ts'
import { Backoff, isWorthAnotherTry, rejectionOf, retryMsMax } from '../connection/retries.ts'
import type { Outcome, QueueCall } from './transaction.ts'

/** So many calls share a transaction at the most: a bound on how long the first of them waits for the last. */
const callsPerTransactionMax = 500
/** So much do they bring at the most: a statement has to fit into memory, here and there. */
const bytesPerTransactionMax = 16_000_000
/** So many requests do those of them change that are about very many: one step of one of them has a transaction alone. */
const rowsPerTransactionMax = postgresStepSize.requests

export interface WaitingCall extends QueueCall {
  readonly bytes: number
  /** How many requests it changes, where they may be more than a batch has. */
  readonly rows: number
  readonly calledAt: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

export interface QueueBatcherOptions {
  /** Performs calls in one transaction; `locked` is called as soon as it has the queue for itself. */
  run(calls: readonly QueueCall[], locked: () => void): Promise<Outcome[]>
  /** Whether a connection may be spent on waiting. */
  mayWaitAhead(): boolean
  /** Nothing is waiting or under way any more. */
  emptied(): void
}

interface Transaction {
  readonly callCount: number
  hasQueue: boolean
}

/**
 * The calls on one queue. What comes while a transaction is under way waits and shares the next one, so that the more
 * calls there are, the less each costs.
 *
 * Under load a second transaction starts while the first one writes. It waits for the queue in the database and goes on the
 * moment the first has committed, with no turn through this process in between. It starts only if at least half as many
 * calls wait as the first one holds: smaller batches waste a commit.
 */
export class QueueBatcher {
  readonly #options: QueueBatcherOptions
  #waiting: WaitingCall[] = []
  #backoff = new Backoff()
  /** Two at the most: one that has the queue, and one that waits for it. */
  readonly #underWay: Transaction[] = []
  #isStarting = false

  constructor(options: QueueBatcherOptions) {
    this.#options = options
  }

  push(call: WaitingCall): void {
    this.#waiting.push(call)
    if (this.#isStarting) return
    this.#isStarting = true
    // What comes in the same turn of the event loop goes along.
    setImmediate(() => {
      this.#isStarting = false
      this.#startNext()
    })
  }

  /** Refuses what has waited since before that moment. Those of transactions under way have their own limits. */
  giveUp(before: number): void {
    if ((this.#waiting[0]?.calledAt ?? before) >= before) return
    const tooLong = this.#waiting.filter(({ calledAt }) => calledAt < before)
    this.#waiting = this.#waiting.filter(({ calledAt }) => calledAt >= before)
    const problem = `the database did not come to this call within ${retryMsMax / 1000} seconds`
    for (const call of tooLong) call.reject(new HeadlockError('storeUnavailable', { problem }))
  }

  #startNext(): void {
    const mayStart = this.#underWay.length === 0 || this.#mayWaitAhead()
    if (this.#waiting.length > 0 && mayStart) void this.#perform(this.#waiting.splice(0, this.#nextCount()))
    else if (this.#waiting.length === 0 && this.#underWay.length === 0) this.#options.emptied()
  }

  #mayWaitAhead(): boolean {
    const [first, second] = this.#underWay
    const isWorthIt = first?.hasQueue === true && this.#waiting.length * 2 >= first.callCount
    return isWorthIt && second === undefined && this.#options.mayWaitAhead()
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
      if (isWorthAnotherTry(error)) {
        // Nothing was done. They keep their place; the sweep gives up those that have waited too long.
        this.#putBack(calls)
        this.giveUp(performance.now() - retryMsMax)
        await this.#backoff.wait()
      } else {
        await this.#oneByOne(calls, error)
      }
    }
    this.#underWay.splice(this.#underWay.indexOf(transaction), 1)
    this.#startNext()
  }

  /** As many of those that wait as share a transaction; the first one whatever its size. */
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

  /** Something that no other try mends took the transaction with it: the guilty call alone has to fail. */
  async #oneByOne(calls: readonly WaitingCall[], error: unknown): Promise<void> {
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
        if (isWorthAnotherTry(ownError)) this.#putBack([call])
        else call.reject(rejectionOf(ownError))
      }
    }
  }

  /** Where they came in: of two transactions that fail together, the later one may come here last. */
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
