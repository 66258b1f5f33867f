import type { Client } from 'pg'
import { sql as initial } from './migrations/0001-initial.ts'

const migrations: readonly string[] = [initial]

/** One number for every program that migrates: those that start at once wait for each other. */
const advisoryLock = 4_747_004_747

/**
 * Brings the schema to the version of this program, in one transaction. Ten servers may start at once: one migrates, the
 * others wait for it.
 *
 * @param schema where the tables are; made when it is not there
 * @returns how many migrations ran
 * @throws Error when the schema is newer than this program
 */
export async function migrate(client: Client, schema: string): Promise<number> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`)
    await client.query(`SET LOCAL search_path TO ${client.escapeIdentifier(schema)}`)
    await client.query('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)')
    const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM schema_version')
    const version = Number(rows[0].version)
    if (version > migrations.length) {
      throw new Error(
        `The database has schema version ${version}; this Headlock knows versions up to ${migrations.length}. ` +
          'Start the newer Headlock that made it, or choose another database with --store.',
      )
    }
    for (const migration of migrations.slice(version)) await client.query(migration)
    await client.query('DELETE FROM schema_version')
    await client.query('INSERT INTO schema_version (version) VALUES ($1)', [migrations.length])
    await client.query('COMMIT')
    return migrations.length - version
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
