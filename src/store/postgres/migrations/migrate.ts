import type { Client } from 'pg'
import { OperatorError } from '../../../domain/operator-error.ts'
import type { Millis } from '../../../domain/time.ts'
import { queryWithTimeout } from '../connection/bounded-query.ts'
import { sql as initial } from './0001-initial.ts'
import { sql as scheduledUntil } from './0002-scheduled-until.ts'

const migrations: readonly string[] = [initial, scheduledUntil]

/** One number for every program that migrates: those that start at once wait for each other. */
const advisoryLock = 4_747_004_747
/** So often one that waits for another looks whether it is done. */
const turnCheckMs: Millis = 100
/** So long after its last word one that migrates counts as stuck. */
const stuckMs: Millis = 30_000

/**
 * Brings the schema to the version of this program, in one transaction. Ten servers may start at once: one migrates, the
 * others wait for it. Only what may take long has no limit of time: the migrations themselves.
 *
 * @param client to be ended when this fails, which undoes the transaction
 * @param schema where the tables are; made when it is not there
 * @returns how many migrations ran
 * @throws OperatorError when the schema is newer than this program
 */
export async function migrate(client: Client, schema: string): Promise<number> {
  // Most starts have nothing to do, and a server whose user may not make tables can start on those that are there.
  if ((await versionOf(client, schema)) === migrations.length) return 0
  await queryWithTimeout(client, 'BEGIN ISOLATION LEVEL READ COMMITTED')
  // A server that is frozen in the middle loses its turn: the others wait for it.
  await queryWithTimeout(client, `SET LOCAL idle_in_transaction_session_timeout = ${stuckMs}`)
  await untilItIsOurTurn(client)
  const version = await versionOf(client, schema)
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`)
  await client.query(`SET LOCAL search_path TO ${client.escapeIdentifier(schema)}`)
  await client.query('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)')
  for (const statement of migrations.slice(version).flatMap(statementsOf)) await client.query(statement)
  await client.query('DELETE FROM schema_version')
  await client.query('INSERT INTO schema_version (version) VALUES ($1)', [migrations.length])
  await client.query('COMMIT')
  return migrations.length - version
}

/** A cluster takes one statement at a time. Each ends with a semicolon at the end of a line, and no other line ends with one. */
function statementsOf(migration: string): string[] {
  return migration.split(/;\n/).filter((statement) => statement.trim() !== '')
}

/**
 * Holds the lock until the transaction ends. Another server may migrate a large database for as long as it takes; the
 * database that says so has to answer all the same, which it would not have to while we slept in it.
 */
async function untilItIsOurTurn(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await queryWithTimeout<{ taken: boolean }>(
      client,
      'SELECT pg_try_advisory_xact_lock($1) AS taken',
      [advisoryLock],
    )
    if (rows[0]?.taken === true) return
    await new Promise((resolve) => setTimeout(resolve, turnCheckMs))
  }
}

/** @throws OperatorError unless the tables are there and of this version; changes nothing */
export async function assertMigrated(client: Client, schema: string): Promise<void> {
  const version = await versionOf(client, schema)
  if (version === migrations.length) return
  throw new OperatorError(
    `The database has schema version ${version}; this Headlock works with version ${migrations.length}.`,
    'Run "headlock migrate --store postgres://…" on it first.',
  )
}

/** 0 where nothing is. @throws OperatorError when it is newer than this program */
async function versionOf(client: Client, schema: string): Promise<number> {
  // Asked of the catalogue as a table: functions like to_regclass may go by what they found before another start made it.
  const there = await queryWithTimeout(
    client,
    "SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'",
    [schema],
  )
  if (there.rows.length === 0) return 0
  const table = `${client.escapeIdentifier(schema)}.schema_version`
  const { rows } = await queryWithTimeout<{ version: number }>(
    client,
    `SELECT coalesce(max(version), 0) AS version FROM ${table}`,
  )
  const version = Number(rows[0]!.version)
  if (version > migrations.length) {
    throw new OperatorError(
      `The database has schema version ${version}; this Headlock knows versions up to ${migrations.length}.`,
      'Start the newer Headlock that made it, or choose another database with {flag}.',
      { flag: '--store' },
    )
  }
  return version
}
