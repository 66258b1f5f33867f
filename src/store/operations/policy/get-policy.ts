import type { PolicyView } from '../../params/policies.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { QueueState } from '../../queue-state.ts'
import { storedDocument } from '../../stored-policy.ts'
import type { QueueOperation } from '../operation.ts'

/** The policy of a queue, as its caller sent it (13.1). Not an access: people who watch a queue see it. */
export const getPolicy: QueueOperation<QueueParams, PolicyView> = {
  right: 'inspect',
  reads: () => ({}),

  perform({ queue }) {
    return policyView(queue) ?? { refused: 'policyDamaged' }
  },
}

/** Null if the stored policy cannot be read. */
export function policyView({ policyText, policyVersion: version, building }: QueueState): PolicyView | null {
  const document = policyText === null ? {} : storedDocument(policyText)
  if (document === null) return null
  // Clearing what is left of groups does not matter, unless a policy waits for that.
  if (building === null || policyText === null) return { document, version, state: 'active', progress: null }
  const { done, total } = building
  return { document, version, state: 'building', progress: { done: Math.min(done, total), total } }
}
