import type { Policy } from '../../src/domain/policy/policy.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { StoredQueue } from './stored.ts'

export interface PutPolicy extends QueueParams {
  /** As it came, for answers. */
  readonly document: unknown
  readonly policy: Policy
  /** The version that it replaces. Null: any. */
  readonly version: number | null
}

export interface PolicyView {
  readonly document: unknown
  readonly version: number
  readonly state: 'active' | 'building'
  readonly progress: { readonly done: number; readonly total: number } | null
}

/** The oracle has no groups to build, so every policy is in force at once. */
export function policyView({ policyDocument, policyVersion }: StoredQueue): PolicyView {
  return { document: policyDocument ?? {}, version: policyVersion, state: 'active', progress: null }
}
