import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Sight } from '../../../domain/policy/group-look.ts'
import type { OrderKey } from '../../../domain/policy/rank.ts'
import type { HeadItem, RequestContent, RequestState } from '../../../domain/request.ts'
import type { LockToTake } from './lock-to-take.ts'

/** A request that is due, and that may or may not be read. */
export interface Due {
  readonly key: OrderKey
}

/** A request that is due, as the code that hands out requests sees it. */
export interface DueRequest extends Due {
  /** Comes without its texts if it may be long. */
  readonly item: HeadItem
  /** Its `storedBytes`. */
  readonly bytes: number
  /** How many of its locks ran out in a row, the last one included (13.12). */
  readonly lockExpiries: number
}

/** A group that may get a request. */
export interface OpenGroup {
  readonly group: GroupState
  /** The first requests that it gets, as far as the store has read them. At least one. */
  readonly due: readonly Due[]
  /** How many of them the store has looked for. If there are fewer, the group has no more. */
  readonly readMax: number
}

/** A request that a walk through a queue comes to. */
export interface WalkedRequest {
  readonly content: RequestContent
  readonly state: RequestState
}

export type WalkedKind = 'unhandled' | 'handled' | 'ungrouped'

/**
 * The groups of one queue and their requests, including the changes of earlier operations in the same
 * transaction. Stores only find and keep rows. What they mean is decided in `domain/policy/`.
 *
 * As for `QueueSession`, nothing is asynchronous. A store that has to fetch data from elsewhere knows
 * beforehand: the groups of all requests and of all URLs in the read sets, and for a call that reads the
 * head the groups to look at (with what `sightOf` says of them), and the first open groups (with `dueOf`).
 * Calls that read the head run first in a transaction, so the room of a group only shrinks meanwhile.
 */
export interface GroupRows {
  /** The group with this name. A new one if there is no row. */
  get(name: string): GroupState
  put(group: GroupState): void
  /** Deletes the row of a group that has no requests. Nothing happens if there is none. */
  remove(name: string): void

  /** The groups whose `lookAt` is not after now, earliest first. Fewer than `countMax` if there are no more. */
  toLookAt(countMax: number): readonly GroupState[]
  /** What a search of the requests of a group finds now. */
  sightOf(name: string): Sight

  /** The groups that have a `first`, in the order of that. Fewer than `countMax` if there are no more. */
  open(countMax: number): readonly OpenGroup[]
  /** The first due requests of a group, in order. Fewer than `countMax` if there are no more. */
  dueOf(name: string, countMax: number): readonly Due[]
  /** Reads due requests that `open` or `dueOf` has found. They come in the same order. */
  read(due: readonly Due[]): readonly DueRequest[]
  /**
   * The first due requests of the whole queue, in the order of their places, whatever their groups and
   * priorities (for queues whose groups are being built, and for GET head).
   */
  dueByPlace(countMax: number): readonly (DueRequest & { readonly group: string | null })[]

  /** Locks due requests as `lock` in domain/lifecycle.ts does, all with the same lock. Their groups stay as they are. */
  lockAll(requests: readonly DueRequest[], lock: LockToTake): void
  /**
   * The ones of this kind among the next requests by their ID. Also for queues without groups. `ungrouped` are those
   * that are unhandled and have no group.
   *
   * @param count of requests to read, the other kind included
   * @returns the ID of the last request that was read, and how many were; fewer than asked for at the end
   */
  requestsAfter(
    id: string,
    count: number,
    kind: WalkedKind,
  ): {
    readonly requests: readonly WalkedRequest[]
    readonly lastId: string
    readonly count: number
  }
  /**
   * The next unhandled requests by their places. A walk misses requests that move from behind it to before it.
   *
   * @param place null at the beginning
   * @returns fewer than `countMax`, but at least one if there is any, where they are large
   */
  unhandledAfter(
    place: Place | null,
    countMax: number,
  ): { readonly requests: readonly WalkedRequest[]; readonly isAll: boolean }
  /** The next groups by name. */
  after(name: string, countMax: number): readonly GroupState[]
  /**
   * Deletes traces of groups in the requests of a queue that has none any more, and then the groups.
   *
   * @returns how many rows it changed; fewer than `countMax` at the end
   */
  clear(countMax: number): number

  /** The content of a request, without its wishes. It has to exist. */
  contentOf(requestId: string): RequestContent
}
