import type { HeadAndLockMethods } from '../../methods/head-and-locks.ts'
import { untilLooked } from '../../steps/look.ts'
import { unlockInSteps } from '../../steps/unlock.ts'
import { heldLocks } from '../batching/held-locks.ts'
import { getHeadItems } from '../encoding/head-items.ts'
import type { PostgresParts } from './parts.ts'

export function headAndLockMethods(parts: PostgresParts): HeadAndLockMethods {
  const { database, lookup, stepSize } = parts
  return {
    listHead: (params) => untilLooked(() => parts.onQueue('listHead', params)),
    lockHead: (params) => untilLooked(() => parts.onQueue('lockHead', params)),
    getHeadItems: async (params) => getHeadItems(database, await lookup.idAt(params), params),
    returnLocks: (params) => parts.onQueue('returnLocks', params),
    prolongLock: (params) => parts.onQueue('prolongLock', params),
    deleteLock: (params) => parts.onQueue('deleteLock', params),

    async unlockRequests(params) {
      const queueId = await lookup.idAt(params)
      return unlockInSteps({
        releaseAll: () => parts.step(queueId, 'unlockRequests', { ...params, stepSize }),
        held: ({ readAt }) => heldLocks(database, queueId, params, readAt, stepSize),
        release: (requestIds) => parts.step(queueId, 'releaseLocks', { ...params, requestIds }),
      })
    },
  }
}
