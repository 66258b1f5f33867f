import type { DeletePolicy, PolicyView } from '../../params/policies.ts'
import type { QueueOperation } from '../operation.ts'
import { startBuilding } from './build.ts'
import { policyView } from './get-policy.ts'
import { refusalOfVersion } from './put-policy.ts'

/** Removes the policy (13.1). Changes nothing if there is none, so that the call can be repeated. */
export const deletePolicy: QueueOperation<DeletePolicy, PolicyView> = {
  right: 'write',
  reads: () => ({}),

  perform(session, { version }) {
    const { queue, now } = session
    const refusal = refusalOfVersion(queue, version)
    if (refusal !== null) return refusal
    const before = queue.policyText
    if (before !== null) {
      session.setPolicy(null, queue.policyVersion + 1)
      startBuilding(session, before)
    }
    queue.accessed(now)
    return policyView(queue)!
  },
}
