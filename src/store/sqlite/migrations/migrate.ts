import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { assertOwnSchema } from '../maintenance/schema.ts'
import { migrations } from './index.ts'

/** Marks a file as ours in its header: "HDLK". */
const applicationId = 0x48444c4b

/**
 * Brings the file to the schema of this program, in one transaction.
 *
 * @throws OperatorError for a file of a newer Headlock or of another program, or with foreign objects in its
 *   schema
 */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = pragma(db, 'user_version')
    const isForeign = version === 0 ? hasTables(db) : pragma(db, 'application_id') !== applicationId
    if (isForeign) {
      throw new OperatorError(
        'The database file belongs to another program.',
        'Choose another directory with {flag}.',
        { flag: '--data' },
      )
    }
    if (version > migrations.length) {
      throw new OperatorError(
        `The database has schema ${version}, this Headlock knows up to ${migrations.length}: ` +
          'it was written by a newer version.',
        'Start that version, or restore a backup made before the upgrade.',
      )
    }
    if (version > 0) assertOwnSchema(db)
    for (const sql of migrations.slice(version)) db.exec(sql)
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Whether the file has exactly the schema version of this program. */
export function isMigrated(db: DatabaseSync): boolean {
  return pragma(db, 'application_id') === applicationId && pragma(db, 'user_version') === migrations.length
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0])
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
}
