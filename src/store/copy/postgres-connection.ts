import { Client } from 'pg'
import { parserOf } from '../postgres/encoding/value-types.ts'
import type { PostgresAddress } from './address.ts'

/** So long a connection may take to come about. */
const connectTimeoutMs = 10_000
/** The first part of the key of the advisory lock; the second is of the schema. */
const copyLock = 4_747_005

/**
 * A connection without limits of time, on which every row is found by an index, whatever the statistics say of tables that
 * were empty a minute ago.
 *
 * @throws Error saying which database cannot be reached, and why
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
  const client = new Client({
    connectionString: address.url,
    application_name: 'headlock copy',
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: parserOf as never },
  })
  // What is lost between two statements fails the next one, which tells.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    throw new Error(`The database ${name} cannot be reached: ${connectionProblem(error)}`, { cause: error })
  }
}

/**
 * Keeps two copies from one schema, until the connection is closed: one that is written to has nobody else, also where
 * two addresses mean the same database.
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
  throw new Error(
    how === 'read'
      ? `Another copy is writing to the schema ${schema} of this database. Wait until it is done.`
      : `The schema ${schema} of the target is being copied from or to already: by another copy, which you would ` +
          'wait for, or because --from and --to are one and the same.',
  )
}

function connectionProblem(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(connectionProblem).join(', ')
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}
