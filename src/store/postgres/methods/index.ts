import type { Store } from '../../store.ts'
import { accountMethods } from './accounts.ts'
import { figureMethods } from './figures.ts'
import { headAndLockMethods } from './head-and-locks.ts'
import { insightMethods } from './insight.ts'
import { jobMethods } from './jobs.ts'
import type { PostgresParts } from './parts.ts'
import { policyMethods } from './policies.ts'
import { queueMethods } from './queues.ts'
import { requestMethods } from './requests.ts'
import { upkeepMethods } from './upkeep.ts'
import { waitingMethods } from './waiting.ts'

/** Every method of the store, by subject. */
export function methodsOf(parts: PostgresParts): Store {
  return {
    ...queueMethods(parts),
    ...requestMethods(parts),
    ...headAndLockMethods(parts),
    ...policyMethods(parts),
    ...insightMethods(parts),
    ...waitingMethods(parts),
    ...figureMethods(parts),
    ...jobMethods(parts),
    ...accountMethods(parts),
    ...upkeepMethods(parts),
  }
}
