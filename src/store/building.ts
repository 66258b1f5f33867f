import type { Place } from '../domain/order.ts'
import type { Millis } from '../domain/time.ts'

/** A policy that was replaced. */
export interface EarlierPolicy {
  readonly version: number
  /** Null: there was none. */
  readonly policy: string | null
  /** When it was replaced. */
  readonly until: Millis
}

/**
 * What remains to be done until the policy of a queue is in force for every request (13.2). The row of the
 * queue keeps it as JSON, so a restart goes on with it.
 */
export interface Building {
  /**
   * - `gather`: the requests get their groups and ranks, in the order of their places or of their IDs.
   * - `look`: every group is looked at by the new policy, in the order of their names.
   * - `clear`: the queue has no groups any more, and their traces are deleted.
   * - `revisit`: each handled request gets the moment at which it becomes pending again, in the order of their IDs.
   */
  readonly phase: 'gather' | 'look' | 'clear' | 'revisit'
  /** The ID or the name that the last step ended with. Empty at the beginning. */
  readonly cursor: string
  /**
   * In the phase `gather`, of a queue that had no groups: the place that the last step ended with, null at the beginning.
   * Requests that were added together are together in the order, so a step touches few pages. A request that moves
   * meanwhile may be missed. So those without a group are looked for in the order of the IDs after that (`isRest`).
   * Left out in that order.
   */
  readonly place?: Place | null
  /** In the phase `gather`: only requests without a group are left to be done. */
  readonly isRest?: boolean
  /** In the phase `look`: how many groups were looked at again, because calls have changed them since. */
  readonly again?: number
  /**
   * The policy by which requests are handed out until this is done. They are handed out without groups then.
   * Left out if the new policy is in force already.
   */
  readonly handsOutBy?: { readonly policy: string | null }
  /**
   * The policies before, the oldest one first, by which what happened under them is judged. Left out where that does not
   * matter.
   */
  readonly before?: readonly EarlierPolicy[]
  /** In the phase `revisit`: the revisits that the requests get, as JSON. Null: none. */
  readonly revisits?: string | null
  /** How many requests or groups are done, and about how many there are in all. */
  readonly done: number
  readonly total: number
}
