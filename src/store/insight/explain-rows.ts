import type { NextPlaces } from '../../domain/availability.ts'
import type { Place } from '../../domain/order.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import type { Millis } from '../../domain/time.ts'

/** A store may answer at once. */
export type Later<Value> = Promise<Value> | Value

/** A live lock. */
export interface LockFound {
  readonly clientKey: string
  readonly runId: string | null
  readonly expiresAt: Millis
}

/** A request that is not due: locked, or scheduled. */
export interface NotDue {
  readonly place: Place
  /** Null: it is scheduled. */
  readonly lock: LockFound | null
}

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface ExplainRows {
  /** Counts to `max` and no further, as the others do. */
  countDue(max: number): Later<number>
  countScheduled(max: number): Later<number>
  countFailed(max: number): Later<number>
  /** The requests whose places come after this one, and not after that moment, in order. */
  notDue(after: Place, to: number, max: number): Later<readonly NotDue[]>
  /**
   * The live locks of the next clients by their keys, at most so many locks.
   *
   * @returns `lastKey`: the last client that was read; null if there are no more
   */
  locksOfClients(
    after: string,
    clientsMax: number,
    locksMax: number,
  ): Later<{ readonly locks: readonly LockFound[]; readonly lastKey: string | null }>
  /** The first due requests by their places, counted by their groups. */
  dueByGroup(max: number): Later<readonly { readonly name: string; readonly due: number }[]>
  groups(names: readonly string[]): Later<readonly GroupState[]>
  /** The groups from this name on, each with its due requests counted to `dueMax`. */
  groupsFrom(
    name: string,
    max: number,
    dueMax: number,
  ): Later<readonly { readonly group: GroupState; readonly due: number }[]>
  nextPlaces(): Later<NextPlaces>
  /** The groups that somebody will have to look at, earliest first. */
  groupsToLookAt(max: number): Later<readonly GroupState[]>
  /** When the first request of each group is due: now if one is. Null: it has none. */
  firstDue(names: readonly string[]): Later<ReadonlyMap<string, Millis | null>>
}
