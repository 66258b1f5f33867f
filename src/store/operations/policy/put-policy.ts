import type { Refusal } from '../../../domain/lifecycle.ts'
import type { PolicyView, PutPolicy } from '../../params/policies.ts'
import type { QueueState } from '../../queue-state.ts'
import type { QueueOperation } from '../operation.ts'
import { mayChangeTo, startBuilding } from './build.ts'
import { policyView } from './get-policy.ts'

/**
 * Replaces the policy (13.1). It is in force for every call after this one, on every server (13.2). Locked
 * requests stay locked. Not a touch by a client.
 */
export const putPolicy: QueueOperation<PutPolicy, PolicyView> = {
  right: 'write',
  reads: () => ({}),

  perform(session, { document, policy, version }) {
    const { queue, now } = session
    const refusal = refusalOfVersion(queue, version)
    if (refusal !== null) return refusal
    if (!mayChangeTo(queue, policy)) return { refused: 'groupByChanges' }
    const before = queue.policyText
    session.setPolicy(JSON.stringify(document), queue.policyVersion + 1)
    startBuilding(session, before)
    // `modifiedAt` changes only with requests and locks (7.2).
    queue.accessed(now)
    return policyView(queue) ?? { refused: 'policyDamaged' }
  },
}

/** Two editors must not undo each other: a change may say which version it replaces. */
export function refusalOfVersion(queue: QueueState, version: number | null): Refusal | null {
  if (version === null || version === queue.policyVersion) return null
  return { refused: 'policyVersionDiffers', values: { given: version, version: queue.policyVersion } }
}
