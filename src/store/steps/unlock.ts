/** A bulk unlock (5.4), however many locks it is about: in one step where they are few, else in several. */

import type { MoreLocks } from '../operations/unlock-requests.ts'

export interface Unlocked {
  readonly unlockedCount: number
}

/** What a store does of it; each in one step. */
export interface UnlockSteps {
  /** Releases all of them, or none where they are more than one step takes. */
  releaseAll(): Promise<Unlocked | MoreLocks>
  /** The IDs of all requests that are held at one moment since then, a list for each step, in the order of `compareAges`. */
  held(more: MoreLocks): AsyncIterable<readonly string[]>
  /** Releases those of them that are still held. */
  release(requestIds: readonly string[], more: MoreLocks): Promise<Unlocked>
}

/**
 * Each lock is released in one step with its new place and its share of the counts, so at every moment it is held or
 * not. Which requests it is about is decided once, so that a client that goes on locking does not make it endless. In the
 * order of their age each step leaves those it has released in their order (3.5), whatever others add meanwhile; so does
 * a repetition after a step that failed, since what is left is younger than what was released.
 *
 * @throws what a step throws; those before it are done
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
  // Nothing is held any more, or the queue is gone, which a step tells.
  if (!hasStepped) await steps.release([], outcome)
  return { unlockedCount }
}
