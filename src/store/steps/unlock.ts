/** A bulk unlock (5.4). It takes one step if there are few locks, else several. */

import type { MoreLocks } from '../operations/unlock-requests.ts'

export interface Unlocked {
  readonly unlockedCount: number
}

/** What a store does for an unlock. Each method is one step. */
export interface UnlockSteps {
  /** Releases all locks, or none if they are more than one step takes. */
  releaseAll(): Promise<Unlocked | MoreLocks>
  /**
   * The IDs of all requests that are held at one moment after `releaseAll`, one list for each step, in the
   * order of `compareAges`.
   */
  held(more: MoreLocks): AsyncIterable<readonly string[]>
  /** Releases those of the requests that are still held. */
  release(requestIds: readonly string[], more: MoreLocks): Promise<Unlocked>
}

/**
 * Releases each lock, its new place and its share of the counts in one step. So a lock is always either held
 * or released.
 *
 * Which requests to release is decided once. Otherwise a client that keeps locking could make the unlock
 * endless.
 *
 * The steps go from the oldest request to the youngest. Each step leaves its requests in their order (3.5),
 * whatever others add meanwhile. So does a repetition after a failed step, because what is left is younger
 * than what was released.
 *
 * @throws what a step throws; earlier steps stay done
 */
export async function unlockInSteps(steps: UnlockSteps): Promise<Unlocked> {
  const outcome = await steps.releaseAll()
  if ('unlockedCount' in outcome) return outcome
  let unlockedCount = 0
  let hasStepped = false
  for await (const requestIds of steps.held(outcome)) {
    unlockedCount += (await steps.release(requestIds, outcome)).unlockedCount
    hasStepped = true
  }
  // Nothing is held any more, or the queue was deleted. An empty step finds out which.
  if (!hasStepped) await steps.release([], outcome)
  return { unlockedCount }
}
