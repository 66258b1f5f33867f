import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'

/** A call that takes many steps is broken off when its store has been closing for so long: nobody waits for its answer by then. */
const graceMs: Millis = 5_000

/** The calls under way in a store. One that closes takes no more of them, and waits for these. */
export class CallsUnderWay {
  readonly #calls = new Set<Promise<unknown>>()
  readonly #now: () => Millis
  #closingSince: Millis | null = null

  /** @param now of tests */
  constructor(now: () => Millis = () => performance.now()) {
    this.#now = now
  }

  get isClosing(): boolean {
    return this.#closingSince !== null
  }

  /** Rejects with `storeUnavailable` without doing it when the store is closing. */
  run<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.isClosing) return Promise.reject(closingError())
    const answer = work()
    const settled = () => this.#calls.delete(answer)
    this.#calls.add(answer)
    answer.then(settled, settled)
    return answer
  }

  /** To be called before each step of a call. @throws HeadlockError `storeUnavailable` when there is no time for it any more */
  assertMayStep(): void {
    if (this.#closingSince !== null && this.#now() - this.#closingSince >= graceMs) throw closingError()
  }

  /** Takes no more calls; resolves when those under way have come to their end, or to that of their step. */
  async finish(): Promise<void> {
    this.#closingSince ??= this.#now()
    await Promise.allSettled(this.#calls)
  }
}

function closingError(): HeadlockError {
  return new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
}
