import type { Caller } from '../../src/domain/caller.ts'
import { randomId } from '../../src/domain/identity.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { NewToken, Token, User } from '../../src/store/params/accounts.ts'

/** Users and tokens of the oracle. */
export class Accounts {
  #users: User[] = []
  #tokens: (Token & { tokenHash: string })[] = []

  ensureUser(username: string, now: Millis): User {
    const existing = this.findUser(username)
    if (existing !== null) return existing
    const user = { id: randomId(), username, createdAt: now }
    this.#users.push(user)
    return user
  }

  findUser(username: string): User | null {
    return this.#users.find((user) => user.username === username) ?? null
  }

  userOf(id: string): User {
    return this.#users.find((user) => user.id === id)!
  }

  createToken(given: NewToken, now: Millis): Token {
    const token = { id: randomId(), ...given, createdAt: now }
    this.#tokens.push(token)
    return withoutHash(token)
  }

  tokens(): Token[] {
    return this.#tokens.map(withoutHash)
  }

  /** Whether the token existed. */
  revokeToken(id: string): boolean {
    const before = this.#tokens.length
    this.#tokens = this.#tokens.filter((token) => token.id !== id)
    return this.#tokens.length < before
  }

  findCaller(tokenHash: string): Caller | null {
    const token = this.#tokens.find((token) => token.tokenHash === tokenHash)
    if (token === undefined) return null
    const { id, username } = this.userOf(token.userId)
    return { tokenId: token.id, userId: id, username, runId: token.runId, readOnly: token.readOnly }
  }
}

function withoutHash({ id, userId, label, runId, readOnly, createdAt }: Token): Token {
  return { id, userId, label, runId, readOnly, createdAt }
}
