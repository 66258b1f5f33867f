import type { Client } from 'pg'
import { OperatorError } from '../../../domain/operator-error.ts'
import type { Millis } from '../../../domain/time.ts'
import { queryWithTimeout } from '../connection/bounded-query.ts'
import { sql as initial } from './0001-initial.ts'
import { sql as scheduledUntil } from './0002-scheduled-until.ts'
import { sql as dropHeldCount } from './0003-drop-held-count.ts'
import { sql as policies } from './0004-policies.ts'
import { sql as wishes } from './0005-wishes.ts'
import { sql as groups } from './0006-groups.ts'
import { sql as waiting } from './0007-waiting.ts'
import { sql as revisits } from './0008-revisits.ts'
import { sql as queueFigures } from './0009-queue-figures.ts'
import { sql as histories } from './0010-histories.ts'
import { sql as failures } from './0011-failures.ts'
import { sql as jobs } from './0012-jobs.ts'
import { sql as queueClients } from './0013-queue-clients.ts'
import { sql as deletedQueues } from './0014-deleted-queues.ts'

const migrations: readonly string[] = [
  initial,
  scheduledUntil,
  dropHeldCount,
  policies,
  wishes,
  groups,
  waiting,
  revisits,
  queueFigures,
  histories,
  failures,
  jobs,
  queueClients,
  deletedQueues,
]

/** The advisory lock that all programs take to migrate, so that only one migrates at a time. */
const advisoryLock = 4_747_004_747
/** How often a waiting program checks whether the lock is free. */
const lockCheckMs: Millis = 100
/** A migrating program that has been idle in its transaction for so long counts as stuck. */
const stuckMs: Millis = 30_000

/**
 * Brings the schema to the version of this program, in one transaction. If ten servers start at once, one
 * migrates and the others wait for it. Only the migrations themselves have no time limit, because they may
 * take long.
 *
 * @param client to be ended by the caller if this fails, which rolls the transaction back
 * @param schema where the tables are; created if it does not exist
 * @returns how many migrations ran
 * @throws OperatorError if the schema is newer than this program
 */
export async function migrate(client: Client, schema: string): Promise<number> {
  // Most starts have nothing to migrate. Then a server can also start with a database user who may not create
  // tables.
  if ((await versionOf(client, schema)) === migrations.length) return 0
  await queryWithTimeout(client, 'BEGIN ISOLATION LEVEL READ COMMITTED')
  // If a server freezes here, the database ends its transaction, so that the others do not wait forever.
  await queryWithTimeout(client, `SET LOCAL idle_in_transaction_session_timeout = ${stuckMs}`)
  await waitForLock(client)
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

/**
 * Splits a migration, because a cluster takes one statement at a time. Each statement ends with a semicolon
 * at the end of a line. No other line ends with one.
 */
function statementsOf(migration: string): string[] {
  return migration.split(/;\n/).filter((statement) => statement.trim() !== '')
}

/**
 * Takes the advisory lock, which is held until the transaction ends. Another server may hold it as long as a
 * large migration takes. This polls instead of waiting in the database, so that each answer can have a time
 * limit.
 */
async function waitForLock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await queryWithTimeout<{ taken: boolean }>(
      client,
      'SELECT pg_try_advisory_xact_lock($1) AS taken',
      [advisoryLock],
    )
    if (rows[0]?.taken === true) return
    await new Promise((resolve) => setTimeout(resolve, lockCheckMs))
  }
}

/**
 * Changes nothing.
 *
 * @throws OperatorError unless the tables exist and have the version of this program
 */
export async function assertMigrated(client: Client, schema: string): Promise<void> {
  const version = await versionOf(client, schema)
  if (version === migrations.length) return
  throw new OperatorError(
    `The database has schema version ${version}; this Headlock works with version ${migrations.length}.`,
    'Run "headlock migrate --store postgres://…" on it first.',
  )
}

/**
 * 0 if there are no tables.
 *
 * @throws OperatorError if the schema is newer than this program
 */
async function versionOf(client: Client, schema: string): Promise<number> {
  // Reads the catalogue as a table. Functions such as to_regclass may return what was true before another
  // server created it.
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
