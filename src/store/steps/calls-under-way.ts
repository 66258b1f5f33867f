import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'

/**
 * How long a call in steps may continue after its store began to close. Nobody waits for its answer any
 * longer.
 */
const graceMs: Millis = 5_000

/** The calls under way in a store. A closing store refuses new calls and waits for these. */
export class CallsUnderWay {
  readonly #calls = new Set<Promise<unknown>>()
  readonly #now: () => Millis
  #closingSince: Millis | null = null

  /** @param now a clock for tests */
  constructor(now: () => Millis = () => performance.now()) {
    this.#now = now
  }

  get isClosing(): boolean {
    return this.#closingSince !== null
  }

  /** Runs the work. If the store is closing, it rejects with `storeUnavailable` instead. */
  run<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.isClosing) return Promise.reject(closingError())
    const answer = work()
    const settled = () => this.#calls.delete(answer)
    this.#calls.add(answer)
    answer.then(settled, settled)
    return answer
  }

  /**
   * Has to be called before each step of a call.
   *
   * @throws HeadlockError `storeUnavailable` if the store has been closing for too long
   */
  assertMayStep(): void {
    if (this.#closingSince !== null && this.#now() - this.#closingSince >= graceMs) throw closingError()
  }

  /**
   * Refuses new calls. Resolves when the calls under way have ended, at the latest after the step that they
   * are in when the time is over.
   */
  async finish(): Promise<void> {
    this.#closingSince ??= this.#now()
    await Promise.allSettled(this.#calls)
  }
}

function closingError(): HeadlockError {
  return new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
}
