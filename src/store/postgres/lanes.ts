import { HeadlockError } from '../../domain/errors.ts'
import type { PostgresClock } from './clock.ts'
import type { Database } from './database.ts'
import { type AnswerOf, type AskOf, bytesOf, type QueueOperationName } from './operations/index.ts'
import { isWorthAnotherTry, Pauses, patienceMs, rejectionOf } from './patience.ts'
import type { ReadNotes } from './read-notes.ts'
import { type Outcome, type QueueCall, runTransaction } from './transaction.ts'

/** So many calls share a transaction at the most: a bound on how long the first of them waits for the last. */
const callsPerTransactionMax = 500
/** So much do they bring at the most: a statement has to fit into memory, here and there. */
const bytesPerTransactionMax = 16_000_000
/** So much waits at the most. */
const bytesWaitingMax = 256_000_000
/** So many calls wait at the most; the next one is refused at once instead of after a long wait. */
const callsWaitingMax = 10_000
/** How often calls that have waited too long are looked for. */
const sweepEveryMs = 500

interface WaitingCall extends QueueCall {
  readonly bytes: number
  readonly calledAt: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

/**
 * The way of calls to their queue: each queue has a lane, and a lane one transaction under way. What comes meanwhile waits
 * and shares the next one, so that the more calls there are, the less each costs; calls of different queues do not wait
 * for each other but for a connection.
 */
export class Lanes {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #notes: ReadNotes
  readonly #lanes = new Map<string, Lane>()
  readonly #sweeping: NodeJS.Timeout
  #waitingCount = 0
  #waitingBytes = 0
  #closed = false
  #idle: () => void = () => {}

  constructor(database: Database, clock: PostgresClock, notes: ReadNotes) {
    this.#database = database
    this.#clock = clock
    this.#notes = notes
    this.#sweeping = setInterval(() => this.#sweep(), sweepEveryMs)
    this.#sweeping.unref()
  }

  call<Name extends QueueOperationName>(
    queueId: string,
    name: Name,
    ask: AskOf<Name>,
  ): Promise<AnswerOf<Name>> {
    return new Promise((resolve, reject) => {
      const bytes = bytesOf(name, ask)
      const isFull = this.#waitingCount >= callsWaitingMax || this.#waitingBytes + bytes > bytesWaitingMax
      if (this.#closed || isFull) {
        const problem = this.#closed
          ? 'the store is closing'
          : `${this.#waitingCount} calls wait for the database already`
        reject(new HeadlockError('storeUnavailable', { problem }))
        return
      }
      this.#waitingCount++
      this.#waitingBytes += bytes
      const settled = () => {
        this.#waitingBytes -= bytes
        if (--this.#waitingCount === 0) this.#idle()
      }
      this.#laneOf(queueId).push({
        name,
        ask: ask as QueueCall['ask'],
        bytes,
        calledAt: performance.now(),
        resolve(answer) {
          settled()
          resolve(answer as AnswerOf<Name>)
        },
        reject(error) {
          settled()
          reject(error)
        },
      })
    })
  }

  /** Writes what reads have left behind; tells whether it did. The notes stay where it failed, and the next save tries again. */
  async save(queueId: string): Promise<boolean> {
    try {
      await this.#database.use((client) =>
        runTransaction(client, this.#clock, this.#notes, queueId, [], true),
      )
      return true
    } catch {
      return false
    }
  }

  /** Takes no more calls; resolves when those that wait were answered. */
  async close(): Promise<void> {
    this.#closed = true
    await new Promise<void>((resolve) => {
      this.#idle = resolve
      if (this.#waitingCount === 0) resolve()
    })
    clearInterval(this.#sweeping)
  }

  #laneOf(queueId: string): Lane {
    let lane = this.#lanes.get(queueId)
    if (lane === undefined) {
      lane = new Lane(
        (calls) =>
          this.#database.use((client) =>
            runTransaction(client, this.#clock, this.#notes, queueId, calls, false),
          ),
        () => this.#lanes.delete(queueId),
      )
      this.#lanes.set(queueId, lane)
    }
    return lane
  }

  #sweep(): void {
    const before = performance.now() - patienceMs
    for (const lane of this.#lanes.values()) lane.giveUp(before)
  }
}

type Run = (calls: readonly QueueCall[]) => Promise<Outcome[]>

class Lane {
  readonly #run: Run
  readonly #emptied: () => void
  #waiting: WaitingCall[] = []
  #isRunning = false

  constructor(run: Run, emptied: () => void) {
    this.#run = run
    this.#emptied = emptied
  }

  push(call: WaitingCall): void {
    this.#waiting.push(call)
    if (this.#isRunning) return
    this.#isRunning = true
    // What comes in the same turn of the event loop goes along.
    setImmediate(() => this.#drain())
  }

  /** Refuses what has waited since before that moment. Those of the transaction under way have its own limits. */
  giveUp(before: number): void {
    if ((this.#waiting[0]?.calledAt ?? before) >= before) return
    const tooLong = this.#waiting.filter(({ calledAt }) => calledAt < before)
    this.#waiting = this.#waiting.filter(({ calledAt }) => calledAt >= before)
    const problem = `the database did not come to this call within ${patienceMs / 1000} seconds`
    for (const call of tooLong) call.reject(new HeadlockError('storeUnavailable', { problem }))
  }

  async #drain(): Promise<void> {
    let pauses = new Pauses()
    while (this.#waiting.length > 0) {
      const calls = this.#waiting.splice(0, this.#nextCount())
      try {
        settle(calls, await this.#run(calls))
        pauses = new Pauses()
      } catch (error) {
        if (isWorthAnotherTry(error)) {
          // Nothing was done. They keep their place; the sweep gives up those that have waited too long.
          this.#waiting.unshift(...calls)
          this.giveUp(performance.now() - patienceMs)
          await pauses.wait()
        } else {
          await this.#oneByOne(calls, error)
        }
      }
    }
    this.#isRunning = false
    this.#emptied()
  }

  /** As many of those that wait as share a transaction; the first one whatever its size. */
  #nextCount(): number {
    let bytes = 0
    for (const [index, { bytes: more }] of this.#waiting.entries()) {
      bytes += more
      if (index >= callsPerTransactionMax || (index > 0 && bytes > bytesPerTransactionMax)) return index
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
        settle([call], await this.#run([call]))
      } catch (ownError) {
        call.reject(rejectionOf(ownError))
      }
    }
  }
}

function settle(calls: readonly WaitingCall[], outcomes: readonly Outcome[]): void {
  for (const [index, call] of calls.entries()) {
    const outcome = outcomes[index]!
    if ('answer' in outcome) call.resolve(outcome.answer)
    else call.reject(outcome.error)
  }
}
