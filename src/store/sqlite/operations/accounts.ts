import type { DatabaseSync } from 'node:sqlite'
import { randomId } from '../../../domain/identity.ts'
import { foldedName } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { NewToken, Token, User } from '../../params/accounts.ts'

/** Users and tokens, on the connection of the server or of a token command. */
export function ensureUser(db: DatabaseSync, username: string, now: Millis): User {
  db.prepare(
    `INSERT INTO users (id, username, username_folded, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (username_folded) DO NOTHING`,
  ).run(randomId(), username, foldedName(username), now)
  return findUser(db, username)!
}

export function findUser(db: DatabaseSync, username: string): User | null {
  const row = db.prepare('SELECT * FROM users WHERE username_folded = ?').get(foldedName(username))
  if (row === undefined) return null
  return {
    id: row['id'] as string,
    username: row['username'] as string,
    createdAt: row['created_at'] as number,
  }
}

/** If the token already exists, it is returned unchanged. */
export function createToken(db: DatabaseSync, params: NewToken, now: Millis): Token {
  db.prepare(
    `INSERT INTO tokens (id, user_id, token_hash, label, run_id, read_only, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (token_hash) DO NOTHING`,
  ).run(randomId(), params.userId, params.tokenHash, params.label, params.runId, params.readOnly ? 1 : 0, now)
  return tokenOf(db.prepare('SELECT * FROM tokens WHERE token_hash = ?').get(params.tokenHash)!)
}

export function listTokens(db: DatabaseSync): Token[] {
  return db.prepare('SELECT * FROM tokens ORDER BY created_at, id').all().map(tokenOf)
}

export function revokeToken(db: DatabaseSync, id: string): boolean {
  return Number(db.prepare('DELETE FROM tokens WHERE id = ?').run(id).changes) > 0
}

function tokenOf(row: Record<string, unknown>): Token {
  return {
    id: row['id'] as string,
    userId: row['user_id'] as string,
    label: row['label'] as string | null,
    runId: row['run_id'] as string | null,
    readOnly: row['read_only'] !== 0,
    createdAt: row['created_at'] as number,
  }
}
