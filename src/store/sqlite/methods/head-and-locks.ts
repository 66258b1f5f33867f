import type { HeadAndLockMethods } from '../../methods/head-and-locks.ts'
import type { SqliteParts } from './parts.ts'

export function headAndLockMethods(parts: SqliteParts): HeadAndLockMethods {
  return {
    listHead: (params) => parts.performOnHead('listHead', params),
    lockHead: (params) => parts.performOnHead('lockHead', params),
    getHeadItems: (params) => parts.read((reader) => reader.getHeadItems(params)),
    returnLocks: (params) => parts.perform('returnLocks', params),
    prolongLock: (params) => parts.perform('prolongLock', params),
    deleteLock: (params) => parts.perform('deleteLock', params),
    unlockRequests: parts.stepped.unlockRequests,
  }
}
