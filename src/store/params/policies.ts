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
  /** A group by its name, or a host of a queue whose policy groups by domains: then it is the group of the host. */
  readonly group: string
}

/** Until a moment, or as long as that from now by the time of the store. */
export type SetCooldown = EndCooldown & ({ readonly until: Millis } | { readonly lastsMs: Millis })

export interface CooldownView {
  readonly group: string
  /** Null unless a cooldown holds it back now. */
  readonly cooldownUntil: Millis | null
}
