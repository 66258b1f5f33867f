import type {
  CooldownView,
  DeletePolicy,
  EndCooldown,
  PolicyView,
  PutPolicy,
  SetCooldown,
} from '../params/policies.ts'
import type { QueueParams } from '../params/queues.ts'

/** Policies: section 13 of the rules. A policy is in force for every call after the one that stores it. Not a touch by a client. */
export interface PolicyMethods {
  /** Refuses `policyDamaged`. */
  getPolicy(params: QueueParams): Promise<PolicyView>
  /** Refuses `policyVersionDiffers` and `groupByChanges`. */
  putPolicy(params: PutPolicy): Promise<PolicyView>
  /** Refuses `policyVersionDiffers`. Changes nothing if there is no policy. */
  deletePolicy(params: DeletePolicy): Promise<PolicyView>
  /** Holds a group back until then. The latest of several counts (13.8). */
  setCooldown(params: SetCooldown): Promise<CooldownView>
  endCooldown(params: EndCooldown): Promise<void>
}
