import type { AccountMethods } from '../../methods/accounts.ts'
import { PostgresAccounts } from '../accounts.ts'
import type { PostgresParts } from './parts.ts'

export function accountMethods({ database, clock }: PostgresParts): AccountMethods {
  const accounts = new PostgresAccounts(database, clock)
  return {
    ensureUser: ({ username }) => accounts.ensureUser(username),
    findUser: ({ username }) => accounts.findUser(username),
    createToken: (params) => accounts.createToken(params),
    listTokens: () => accounts.listTokens(),
    revokeToken: ({ id }) => accounts.revokeToken(id),
    findCaller: ({ tokenHash }) => accounts.findCaller(tokenHash),
  }
}
