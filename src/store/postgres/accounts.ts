import type { Caller } from '../../domain/caller.ts'
import { randomId } from '../../domain/identity.ts'
import { foldedName } from '../../domain/queue.ts'
import type { NewToken, Token, User } from '../params/accounts.ts'
import { type PostgresClock, wallOf } from './clock.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'
import { fromText, toText } from './encoding/text.ts'

const insertUser = statement(`
  INSERT INTO users (id, username, username_folded, created_at) VALUES ($1, $2, $3, ${wallOf('$4')})
  ON CONFLICT (username_folded) DO NOTHING`)
const selectUser = statement('SELECT id, username, created_at FROM users WHERE username_folded = $1')
const insertToken = statement(`
  INSERT INTO tokens (id, user_id, token_hash, label, run_id, read_only, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, ${wallOf('$7')})
  ON CONFLICT (token_hash) DO NOTHING`)
const selectToken = statement('SELECT * FROM tokens WHERE token_hash = $1')
const selectTokens = statement('SELECT * FROM tokens ORDER BY created_at, id')
const deleteToken = statement('DELETE FROM tokens WHERE id = $1 RETURNING id')
const selectCaller = statement(`
  SELECT tokens.id, tokens.user_id, users.username, tokens.run_id, tokens.read_only
  FROM tokens JOIN users ON users.id = tokens.user_id
  WHERE tokens.token_hash = $1`)

/** Users and tokens. Every call can safely be repeated, so each is retried. */
export class PostgresAccounts {
  readonly #database: Database
  readonly #clock: PostgresClock

  constructor(database: Database, clock: PostgresClock) {
    this.#database = database
    this.#clock = clock
  }

  async ensureUser(username: string): Promise<User> {
    // In a cluster every node has the users. Writing one needs all nodes, and a start must not need them.
    const existing = await this.findUser(username)
    if (existing !== null) return existing
    const values = [randomId(), username, foldedName(username), this.#clock.wallValue]
    await withRetries(() => this.#database.query(insertUser, values))
    return (await this.findUser(username))!
  }

  async findUser(username: string): Promise<User | null> {
    const [row] = await withRetries(() =>
      this.#database.query<{ id: string; username: string; created_at: number }>(selectUser, [
        foldedName(username),
      ]),
    )
    return row === undefined ? null : { id: row.id, username: row.username, createdAt: row.created_at }
  }

  /** If the token already exists, it is returned unchanged. */
  async createToken({ userId, tokenHash, label, runId, readOnly }: NewToken): Promise<Token> {
    const existing = await this.#findToken(tokenHash)
    if (existing !== null) return existing
    const wall = this.#clock.wallValue
    const values = [randomId(), userId, tokenHash, toText(label), toText(runId), readOnly, wall]
    await withRetries(() => this.#database.query(insertToken, values))
    return (await this.#findToken(tokenHash))!
  }

  async #findToken(tokenHash: string): Promise<Token | null> {
    const [row] = await withRetries(() => this.#database.query<TokenRow>(selectToken, [tokenHash]))
    return row === undefined ? null : tokenOf(row)
  }

  async listTokens(): Promise<Token[]> {
    return (await withRetries(() => this.#database.query<TokenRow>(selectTokens, []))).map(tokenOf)
  }

  async revokeToken(id: string): Promise<boolean> {
    let attempts = 0
    const rows = await withRetries(() => {
      attempts++
      return this.#database.query(deleteToken, [id])
    })
    // An earlier attempt whose answer was lost may have revoked it.
    return rows.length > 0 || attempts > 1
  }

  async findCaller(tokenHash: string): Promise<Caller | null> {
    const [row] = await withRetries(() => this.#database.query<CallerRow>(selectCaller, [tokenHash]))
    if (row === undefined) return null
    return {
      tokenId: row.id,
      userId: row.user_id,
      username: row.username,
      runId: fromText(row.run_id),
      readOnly: row.read_only,
    }
  }
}

interface TokenRow {
  id: string
  user_id: string
  label: string | null
  run_id: string | null
  read_only: boolean
  created_at: number
}

interface CallerRow {
  id: string
  user_id: string
  username: string
  run_id: string | null
  read_only: boolean
}

function tokenOf(row: TokenRow): Token {
  return {
    id: row.id,
    userId: row.user_id,
    label: fromText(row.label),
    runId: fromText(row.run_id),
    readOnly: row.read_only,
    createdAt: row.created_at,
  }
}
