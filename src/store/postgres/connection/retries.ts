import { HeadlockError } from '../../../domain/errors.ts'
import type { Millis } from '../../../domain/time.ts'
import { CommitUnknown } from './commit.ts'
import { failureOf, refusalOf } from './sqlstate.ts'

/**
 * So long a call waits for the database altogether, restarts and deadlocks included. The official clients give a call up
 * after 5 to 30 seconds and repeat it; what waits longer than that works for nobody.
 */
export const retryMsMax: Millis = 8_000

const firstPauseMs: Millis = 20
/** Short, because a database that is back shall not find everybody asleep. */
const longestPauseMs: Millis = 250

/** The growing pauses between tries. */
export class Backoff {
  #nextMs = firstPauseMs

  async wait(): Promise<void> {
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(longestPauseMs, 2 * pauseMs)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** Whether nothing was done, and another try may succeed soon. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof CommitUnknown || error instanceof HeadlockError) return false
  const failure = failureOf(error)
  return failure === 'connection' || failure === 'repeatable'
}

/** What a caller gets to know of a failure that no other try has mended. */
export function rejectionOf(error: unknown): Error {
  if (error instanceof CommitUnknown) {
    return new HeadlockError(
      'storeUnavailable',
      { problem: `the database did not confirm the change: ${error.message}` },
      { cause: error },
    )
  }
  return refusalOf(error)
}

/**
 * Tries until it succeeds or the patience is at an end. For what leaves nothing behind when it fails.
 *
 * @throws HeadlockError `storeUnavailable`, and what is not the database's fault
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const backoff = new Backoff()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isWorthAnotherTry(error) || performance.now() - startedAt > retryMsMax) throw rejectionOf(error)
      await backoff.wait()
    }
  }
}
