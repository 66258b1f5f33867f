import type { UpkeepMethods } from '../../methods/upkeep.ts'
import type { SqliteParts } from './parts.ts'

export function upkeepMethods(parts: SqliteParts): UpkeepMethods {
  return {
    expireQueues: parts.stepped.expireQueues,
    revisitRequests: () => parts.perform('revisitRequests', undefined),
    continueJobs: parts.stepped.continueJobs,
    check: () => parts.perform('check', undefined),
    ping: () => parts.perform('ping', undefined),
    close: () => parts.close(),
  }
}
