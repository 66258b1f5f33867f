import type { WaitingMethods } from '../../methods/waiting.ts'
import type { SqliteParts } from './parts.ts'

export function waitingMethods(parts: SqliteParts): WaitingMethods {
  return {
    whenAvailable: (params) => parts.read((reader) => reader.whenAvailable(params)),
    async watchQueue(params) {
      parts.assertOpen()
      return parts.calls.watch(params)
    },
  }
}
