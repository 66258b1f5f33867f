import type { WaitingMethods } from '../../methods/waiting.ts'
import { whenAvailable } from '../reads/when-available.ts'
import type { PostgresParts } from './parts.ts'

export function waitingMethods({ database, clock, lookup, watches }: PostgresParts): WaitingMethods {
  return {
    whenAvailable: async (params) => whenAvailable(database, clock, await lookup.idAt(params), params),
    watchQueue: (params) => watches.watch(params),
  }
}
