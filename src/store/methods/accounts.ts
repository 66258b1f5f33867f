import type { Caller } from '../../domain/caller.ts'
import type { NewToken, Token, User } from '../params/accounts.ts'

/** Users and tokens. Only the hash of a token is stored, never the token. */
export interface AccountMethods {
  /** Gets the user with that name, or creates it. */
  ensureUser(params: { username: string }): Promise<User>
  /** Null if there is no such user. */
  findUser(params: { username: string }): Promise<User | null>
  createToken(params: NewToken): Promise<Token>
  listTokens(): Promise<Token[]>
  /** Returns whether the token existed. */
  revokeToken(params: { id: string }): Promise<boolean>
  /** Whose token has this hash. Null if it is unknown or was revoked. */
  findCaller(params: { tokenHash: string }): Promise<Caller | null>
}
