import type { Policy } from '../../domain/policy/policy.ts'
import type { Millis } from '../../domain/time.ts'
import type { QueueParams } from './queues.ts'

export interface PutPolicy extends QueueParams {
  /** As the caller sent it. Answers show it, and it is what is stored. */
  readonly document: unknown
  /** What the document says. */
  readonly policy: Policy
  /** The version that it replaces. Null: any. */
  readonly version: number | null
}

export interface DeletePolicy extends QueueParams {
  /** As for `PutPolicy`. */
  readonly version: number | null
}

export interface PolicyView {
  /** An empty object if the queue has no policy. */
  readonly document: unknown
  /** How often the policy was changed. */
  readonly version: number
  /** `building`: requests are still handed out by the policy before, until all groups are known (13.2). */
  readonly state: 'active' | 'building'
  /** Null unless it is building. */
  readonly progress: { readonly done: number; readonly total: number } | null
}

export interface EndCooldown extends QueueParams {
  /** A host, or a domain in a queue whose policy groups by domains. */
  readonly group: string
}

export interface SetCooldown extends EndCooldown {
  readonly until: Millis
}
