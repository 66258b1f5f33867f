import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../domain/operator-error.ts'
import { openDatabase } from '../../store/sqlite/file/database.ts'
import { differenceText, schemaDifferences } from '../../store/sqlite/maintenance/schema.ts'
import { repairSchema } from '../../store/sqlite/maintenance/schema-repair.ts'
import { migrate } from '../../store/sqlite/migrations/migrate.ts'

/** What a backup says about one of its tokens. The secret itself is not in the backup. */
export interface RestoredToken {
  readonly id: string
  readonly username: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
  readonly createdAt: number
}

export interface PreparedCopy {
  /** The changes to the schema, as texts for people. */
  readonly repaired: readonly string[]
  /** The tokens in the backup, oldest first. */
  readonly tokens: readonly RestoredToken[]
}

/**
 * Brings the copy of a backup to the schema of this version, and makes sure that it contains only what Headlock makes.
 *
 * @param repair whether foreign triggers, views and indexes are removed
 * @param revokeTokens whether the tokens are deleted
 * @throws OperatorError that names what is foreign in it
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
  const without = repair ? '' : ' With --repair, foreign triggers, views and indexes are left out.'
  throw new OperatorError(
    `its schema is not the one that Headlock makes: ${differences.map(differenceText).join('; ')}. Foreign parts of a schema ` +
      'could change or reveal everything that is stored.',
    `Find out where the file came from, and use another backup.${without}`,
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
