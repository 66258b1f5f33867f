import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { Policy, PolicyState } from '../../../api/shapes.ts'

/** Changes a part of a policy as it is now. It is refused if somebody else changes it at the same moment. */
export async function changePolicy(queueId: string, change: (policy: Policy) => Policy): Promise<void> {
  const path = queuePath(queueId, '/policy')
  const { policy, version } = await call<PolicyState>('GET', path)
  await call('PUT', path, change(policy), { headers: { 'if-match': `"${version}"` } })
}
