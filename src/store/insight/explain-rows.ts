import type { NextPlaces } from '../../domain/availability.ts'
import type { Place } from '../../domain/order.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import type { OrderKey } from '../../domain/policy/rank.ts'
import type { Millis } from '../../domain/time.ts'

/** A store may answer at once. */
export type Later<Value> = Promise<Value> | Value

/** A store that does its steps in turns of the event loop. */
export interface TakesTurns {
  /** When the turn of the last step began (`performance.now`). Null: steps run elsewhere, and keep no turn busy. */
  readonly turnBegunAt: Millis | null
}

/** A live lock. */
export interface LockFound {
  readonly clientKey: string
  readonly runId: string | null
  readonly expiresAt: Millis
}

export interface LocksFound {
  readonly locks: readonly LockFound[]
  /** The last client that was read. Null if there are no more. */
  readonly lastKey: string | null
}

/** A request that is not due: locked, or scheduled. */
export interface NotDue {
  readonly place: Place
  /** Null: it is scheduled. */
  readonly lock: LockFound | null
}

export interface DueInGroup {
  readonly place: Place
  /** Null: it has none. */
  readonly group: string | null
}

export type GroupsAsked =
  | { readonly kind: 'named'; readonly names: readonly string[] }
  /** The groups from this name on, in the order of their names. */
  | { readonly kind: 'from'; readonly name: string; readonly max: number }
  /** The groups whose row has a first request that comes after this one, in that order. Null: from the first. */
  | { readonly kind: 'open'; readonly after: OrderKey | null; readonly max: number }
  /** The groups that somebody will have to look at, earliest first, without so many of them. */
  | { readonly kind: 'waiting'; readonly without: number; readonly max: number }

export interface GroupCounted {
  readonly group: GroupState
  /** How many of its requests are locked or scheduled, counted to `notDueMax`. */
  readonly notDue: number
}

/** A group with more requests that are not due is not asked for all of them. */
export const notDueMax = 1000

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface ExplainRows extends TakesTurns {
  /** Counts to `max` and no further, as the others do. */
  countDue(max: number): Later<number>
  countScheduled(max: number): Later<number>
  countFailed(max: number): Later<number>
  /** The requests whose places come after this one, and not after that moment, in order. */
  notDue(after: Place, to: number, max: number): Later<readonly NotDue[]>
  /**
   * The live locks of the next clients by their keys, at most so many locks. It stops in the middle of a client if they are
   * more.
   */
  locksOfClients(after: string, clientsMax: number, locksMax: number): Later<LocksFound>
  /** The next due requests by their places, at most so many. Null: from the first. */
  due(after: Place | null, max: number): Later<readonly DueInGroup[]>
  countGroups(max: number): Later<number>
  groupsNamed(names: readonly string[]): Later<readonly GroupState[]>
  groups(asked: GroupsAsked): Later<readonly GroupCounted[]>
  /** How many requests of the group are due, counted to `max`. */
  countDueOf(name: string, max: number): Later<number>
  nextPlaces(): Later<NextPlaces>
  /** When the first request of each group is due: now if one is. Null: it has none. */
  firstDue(names: readonly string[]): Later<ReadonlyMap<string, Millis | null>>
}
