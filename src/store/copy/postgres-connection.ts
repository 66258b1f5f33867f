import { Client } from 'pg'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import { assertCertificateFiles } from '../postgres/connection/certificate-files.ts'
import { parserOf } from '../postgres/encoding/value-types.ts'
import type { PostgresAddress } from './postgres-address.ts'

/** How long opening a connection may take. */
const connectTimeoutMs = 10_000
/** The first part of the advisory lock's key. The second part is the schema. */
const copyLock = 4_747_005

/**
 * Opens a connection without time limits. It makes the database find every row by an index: statistics would
 * mislead it, because the tables may have been empty a minute ago.
 *
 * @throws OperatorError that says which database cannot be reached, and why
 */
export async function connect(address: PostgresAddress, name: string): Promise<Client> {
  const settings = [
    `search_path=${address.schema}`,
    'enable_seqscan=off',
    'enable_bitmapscan=off',
    'enable_hashjoin=off',
    'enable_mergejoin=off',
    'jit=off',
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
  ]
  assertCertificateFiles(address.url)
  const client = new Client({
    connectionString: address.url,
    application_name: 'headlock copy',
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: parserOf as never },
  })
  // A connection that is lost between two statements fails the next one. That is enough.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    throw new OperatorError(
      `The database ${name} cannot be reached: ${connectionProblem(error)}.`,
      'See that it runs, and correct the address in {flag}.',
      { cause: error, flag: '--from or --to' },
    )
  }
}

/**
 * Locks a schema until the connection is closed, so that no two copies use a schema that one of them writes
 * to. It works even if two addresses mean the same database.
 */
export async function lockSchema(
  client: Client,
  { schema }: PostgresAddress,
  how: 'read' | 'write',
): Promise<void> {
  const take = how === 'read' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'
  const { rows } = await client.query<{ taken: boolean }>(`SELECT ${take}($1, hashtext($2)) AS taken`, [
    copyLock,
    schema,
  ])
  if (rows[0]!.taken) return
  if (how === 'read') {
    throw new OperatorError(
      `Another copy is writing to the schema ${schema} of this database.`,
      'Wait until it is done.',
    )
  }
  throw new OperatorError(
    `The schema ${schema} of the target is being copied from or to already.`,
    'Wait until the other copy is done. If there is none, --from and --to are the same: name another target.',
  )
}

function connectionProblem(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(connectionProblem).join(', ')
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return reasonOf(error)
  return 'code' in error ? String(error.code) : error.name
}
