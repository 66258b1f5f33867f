import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../domain/operator-error.ts'
import { openDatabase } from '../../store/sqlite/file/database.ts'
import { differenceText, schemaDifferences } from '../../store/sqlite/maintenance/schema.ts'
import { repairSchema } from '../../store/sqlite/maintenance/schema-repair.ts'
import { migrate } from '../../store/sqlite/migrations/migrate.ts'

/** What is known of a token that was in a backup; the token itself nobody knows. */
export interface RestoredToken {
  readonly id: string
  readonly username: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
  readonly createdAt: number
}

export interface PreparedCopy {
  /** What was changed in the schema, for people. */
  readonly repaired: readonly string[]
  /** The tokens of the backup, the oldest first. */
  readonly tokens: readonly RestoredToken[]
}

/**
 * Makes the copy of a backup a database of this version that has nothing in it but what Headlock makes.
 *
 * @param repair whether what is foreign is removed where it has no rows
 * @param revokeTokens whether the tokens are deleted
 * @throws OperatorError that says what is foreign in it
 */
export function prepareCopy(file: string, repair: boolean, revokeTokens: boolean): PreparedCopy {
  const db = openDatabase(file)
  try {
    db.exec('BEGIN')
    const repaired = repair ? repairSchema(db) : []
    assertNothingForeign(db, repair)
    db.exec('COMMIT')
    migrate(db)
    const tokens = tokensOf(db)
    if (revokeTokens) db.exec('DELETE FROM tokens')
    return { repaired, tokens }
  } finally {
    db.close()
  }
}

function assertNothingForeign(db: DatabaseSync, repair: boolean): void {
  const differences = schemaDifferences(db)
  if (differences.length === 0) return
  const without = repair ? '' : '; --repair restores it without triggers, views and indexes that are foreign'
  throw new OperatorError(
    `it is not as Headlock makes it: ${differences.map(differenceText).join('; ')}. What is foreign in it could do anything ` +
      'with what is stored.',
    `Find out where the file came from, and take another backup${without}.`,
  )
}

function tokensOf(db: DatabaseSync): RestoredToken[] {
  return db
    .prepare(`
      SELECT tokens.id, username, label, run_id, read_only, tokens.created_at
      FROM tokens LEFT JOIN users ON users.id = tokens.user_id ORDER BY tokens.created_at, tokens.id`)
    .all()
    .map((row) => ({
      id: row['id'] as string,
      username: (row['username'] as string | null) ?? '(nobody)',
      label: row['label'] as string | null,
      runId: row['run_id'] as string | null,
      readOnly: row['read_only'] !== 0,
      createdAt: row['created_at'] as number,
    }))
}
