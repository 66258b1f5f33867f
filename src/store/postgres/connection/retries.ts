import { HeadlockError } from '../../../domain/errors.ts'
import type { Millis } from '../../../domain/time.ts'
import { CommitUnknown } from './commit.ts'
import { failureOf, refusalOf } from './sqlstate.ts'

/**
 * Bounds how long a call waits for the database in all, restarts and deadlocks included. The official clients
 * give up on a call after 5 to 30 seconds and repeat it. Nobody waits for an answer that comes later.
 */
export const retryMsMax: Millis = 8_000

const firstPauseMs: Millis = 20
/**
 * Bounds the pause between two attempts. It is short, so that calls succeed soon after the database is back.
 */
const pauseMsMax: Millis = 250

/** Growing pauses between attempts. */
export class Backoff {
  #nextMs = firstPauseMs

  async wait(): Promise<void> {
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(pauseMsMax, 2 * pauseMs)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** Whether nothing was changed and a retry may succeed soon. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof CommitUnknown || error instanceof HeadlockError) return false
  const failure = failureOf(error)
  return failure === 'connection' || failure === 'repeatable'
}

/** The error for the caller after a failure that no retry has fixed. */
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
 * Repeats the work until it succeeds or `retryMsMax` is over. Only for work that changes nothing when it
 * fails.
 *
 * @throws HeadlockError `storeUnavailable`, and errors that are not the database's fault
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const backoff = new Backoff()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error) || performance.now() - startedAt > retryMsMax) throw rejectionOf(error)
      await backoff.wait()
    }
  }
}
