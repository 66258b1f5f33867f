import type { AccountMethods } from '../../methods/accounts.ts'
import type { SqliteParts } from './parts.ts'

export function accountMethods(parts: SqliteParts): AccountMethods {
  return {
    ensureUser: (params) => parts.perform('ensureUser', params),
    findUser: (params) => parts.perform('findUser', params),
    createToken: (params) => parts.perform('createToken', params),
    listTokens: () => parts.perform('listTokens', undefined),
    revokeToken: (params) => parts.perform('revokeToken', params),
    findCaller: ({ tokenHash }) => parts.read((reader) => reader.findCaller(tokenHash)),
  }
}
