import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { OrderKey } from '../../../domain/policy/rank.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { OpenGroup } from '../../operations/hand-out/group-rows.ts'
import type { Available, Found } from './requests.ts'

/** What a search of the requests of a group found. */
export interface FoundSight {
  /** The first request that is due. */
  readonly due: OrderKey | null
  /** When the next request of each rank becomes due. */
  readonly next: readonly { readonly rank: number; readonly at: Millis }[]
}

/**
 * What a transaction has read of the groups of its queue, as the tables had it before. It grows while the calls
 * are performed (fetch-groups.ts).
 */
export class FoundGroups {
  /** Null where there is no row. */
  readonly byName = new Map<string, GroupState | null>()
  /** The names of the groups to look at, earliest first. */
  toLookAt: Found<string> | null = null
  readonly sights = new Map<string, FoundSight>()
  /** The names of the open groups, in order. */
  open: Found<string> | null = null
  /** The open groups that are known, each with the first requests that it gets. */
  readonly firsts = new Map<string, OpenGroup>()
  /** The keys of the first due requests of groups, in order. Of most groups `firsts` is enough. */
  readonly due = new Map<string, Found<OrderKey>>()
  /** Due requests, by the sequence numbers of their places. */
  readonly atPlaces = new Map<number, Available>()
  readonly contents = new Map<string, RequestContent>()
  /** The unhandled ones among the next requests by ID, or all of them. */
  requests: (Found<StoredRequest> & FoundAfter) | null = null
  /** The same for handled ones. */
  handledRequests: (Found<StoredRequest> & FoundAfter) | null = null
  /** Those without a group among the next requests by ID. */
  ungrouped: {
    readonly items: readonly StoredRequest[]
    readonly lastId: string
    readonly isAll: boolean
  } | null = null
  /** The next unhandled requests by their places. */
  inOrder: Found<StoredRequest> | null = null
  /** Handled requests that become pending now. */
  toRevisit: { readonly contents: readonly RequestContent[]; readonly nextAt: Millis | null } | null = null
  /** The names of the next groups. */
  names: (Found<string> & { readonly after: string }) | null = null
  /** Requests that are in groups, and the groups, of a queue that has none any more. */
  toClear: { readonly requests: Found<string>; readonly groups: Found<string> } | null = null
  readonly #states = new Map<string, RequestState>()

  /** The states of the requests that were read. */
  states(): (readonly [id: string, state: RequestState])[] {
    const due = [...this.atPlaces.values()].map(({ item, state }) => [item.id, state] as const)
    return [...due, ...this.#states]
  }

  /** The keys of the first due requests of a group, as far as they were read. */
  dueOf(name: string): Found<OrderKey> | undefined {
    const first = this.firsts.get(name)
    const found = this.due.get(name)
    if (found !== undefined || first === undefined) return found
    const { due, readMax } = first
    return { items: due.map(({ key }) => key), isAll: due.length < readMax }
  }

  noteState(requestId: string, state: RequestState): void {
    this.#states.set(requestId, state)
  }
}

export interface StoredRequest {
  readonly id: string
  readonly content: RequestContent
}

interface FoundAfter {
  readonly after: string
  /** The ID of the last request that was read. */
  readonly lastId: string
}

/** What the calls of a transaction need, and what was not read. */
export type Wanted =
  | { readonly kind: 'group' | 'sight'; readonly name: string }
  | { readonly kind: 'due'; readonly name: string; readonly countMax: number }
  | { readonly kind: 'places'; readonly places: readonly OrderKey[] }
  | { readonly kind: 'toLookAt'; readonly countMax: number }
  | { readonly kind: 'ungrouped'; readonly after: string; readonly countMax: number }
  | { readonly kind: 'inOrder'; readonly after: Place | null; readonly countMax: number }
  | {
      readonly kind: 'requests' | 'handledRequests' | 'names'
      readonly after: string
      readonly countMax: number
    }
  | { readonly kind: 'toClear' | 'toRevisit'; readonly countMax: number }
  | { readonly kind: 'open' | 'byPlace'; readonly countMax: number }
  | { readonly kind: 'content'; readonly requestId: string }

/**
 * Thrown while calls are performed. The transaction reads what is wanted, and performs all calls again. Nothing
 * was written, so nothing has to be undone.
 */
export class NotFetched extends Error {
  readonly wanted: Wanted

  constructor(wanted: Wanted) {
    super(`not fetched: ${JSON.stringify(wanted)}`)
    this.wanted = wanted
  }
}
