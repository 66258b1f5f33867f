/**
 * The policy of a queue (section 13 of the rules): how the server hands its requests out. This is its
 * normalized form. Times are in milliseconds, and every setting is there.
 */
import type { Millis } from '../time.ts'

export type GroupBy = 'host' | 'domain'

/** What a rule allows a group. The first rule whose hosts match a group counts (13.4). */
export interface GroupRule {
  /** `example.com`, `*.example.com` (every name below it and itself) or `*`. Lower case. */
  readonly hosts: readonly string[]
  /** How many live locks a group may have. Null: any number. It is 1 where only a delay was set. */
  readonly concurrency: number | null
  /**
   * How long after its last hand-out, and after the last end of work on it, a group gets nothing. 0: no
   * delay.
   */
  readonly delayMs: Millis
  readonly isPaused: boolean
}

/** Requests given back with a higher `retryCount` wait min(max, initial * factor^(retryCount - 1)) (13.9). */
export interface RetryCurve {
  readonly initialMs: Millis
  readonly factor: number
  readonly maxMs: Millis
}

/** A handled request of these hosts becomes pending again that long after it was handled (13.9). */
export interface Revisit {
  readonly hosts: readonly string[]
  readonly afterMs: Millis
}

/** The priority of requests of these hosts, or with this label. Exactly one of them is set (13.11). */
export type PriorityRule =
  | { readonly hosts: readonly string[]; readonly priority: number }
  | { readonly label: string; readonly priority: number }

export interface Policy {
  /** Null: not said. Groups are hosts then. */
  readonly groupBy: GroupBy | null
  readonly rules: readonly GroupRule[]
  /** The longest delay of a group that slows down by itself (13.7). Null: groups do not. */
  readonly adaptiveMaxDelayMs: Millis | null
  readonly retry: RetryCurve | null
  readonly revisit: readonly Revisit[]
  readonly priorities: readonly PriorityRule[]
  /** After so many locks in a row that ran out, a request is given up (13.12). Null: never. */
  readonly lockExpiriesMax: number | null
  /** Whether the queue hands out nothing (13.13). */
  readonly isPaused: boolean
  /** Whether requests keep their last events (14.7). */
  readonly keepsHistory: boolean
}

export const emptyPolicy: Policy = {
  groupBy: null,
  rules: [],
  adaptiveMaxDelayMs: null,
  retry: null,
  revisit: [],
  priorities: [],
  lockExpiriesMax: null,
  isPaused: false,
  keepsHistory: false,
}

/**
 * Whether the requests of a queue with this policy have to be in groups. The other settings need nothing but
 * the request itself.
 */
export function needsGroups(policy: Policy): boolean {
  return (
    policy.groupBy !== null ||
    policy.rules.length > 0 ||
    policy.adaptiveMaxDelayMs !== null ||
    policy.priorities.length > 0 ||
    policy.lockExpiriesMax !== null
  )
}
