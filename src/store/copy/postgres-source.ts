import type { Client, QueryResultRow } from 'pg'
import { OperatorError } from '../../domain/operator-error.ts'
import { type ClientRow, clientColumns, clientNames } from '../columns/clients.ts'
import { type GroupRow, groupColumns, groupRowNames } from '../columns/groups.ts'
import { queueNames } from '../columns/queues.ts'
import { type RequestRow, requestNames } from '../columns/requests.ts'
import { readQueueRow, readRequestRow, rowReader, storedQueueName } from '../postgres/columns.ts'
import { fromText } from '../postgres/encoding/text.ts'
import { assertMigrated } from '../postgres/migrations/migrate.ts'
import { type CopySource, type StepSize, stepSizeByDefault } from './ends.ts'
import { nameOf, type PostgresAddress } from './postgres-address.ts'
import { connect, lockSchema } from './postgres-connection.ts'
import type { CopiedQueueRow, Counted, TokenRow, UserRow } from './rows.ts'

/**
 * Opens a schema to copy from. Everything is read from one snapshot. Later writes of servers are not copied.
 *
 * @throws OperatorError if the database or schema does not exist, or has a newer version
 */
export async function openPostgresSource(
  address: PostgresAddress,
  stepSize: StepSize = stepSizeByDefault,
): Promise<CopySource> {
  const name = nameOf(address)
  const client = await connect(address, name)
  try {
    const { rows } = await client.query("SELECT to_regclass('schema_version') IS NOT NULL AS found")
    if (!rows[0].found) {
      throw new OperatorError(
        `There are no tables of Headlock in ${name}.`,
        'Name the schema of your servers: --from postgres://…?schema=NAME.',
      )
    }
    await lockSchema(client, address, 'read')
    await assertMigrated(client, address.schema)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return new PostgresSource(name, client, stepSize)
  } catch (error) {
    await client.end()
    throw error
  }
}

const readClientRow = rowReader(clientColumns)
const readGroupRow = rowReader(groupColumns)
const storedQueueColumns = queueNames.map((name) => `${storedQueueName(name)} AS ${name}`)

class PostgresSource implements CopySource {
  readonly name: string
  readonly #client: Client
  readonly #stepSize: StepSize

  constructor(name: string, client: Client, stepSize: StepSize) {
    this.name = name
    this.#client = client
    this.#stepSize = stepSize
  }

  async *users(): AsyncIterable<UserRow[]> {
    yield* this.#steps<UserRow>(
      'SELECT id, username, created_at FROM users WHERE id > $1 ORDER BY id LIMIT $2',
      [''],
      ({ id }) => [id],
    )
  }

  async *tokens(): AsyncIterable<TokenRow[]> {
    const sql = `
      SELECT id, user_id, token_hash, label, run_id, read_only, created_at FROM tokens
      WHERE id > $1 ORDER BY id LIMIT $2`
    for await (const step of this.#steps<TokenRow>(sql, [''], ({ id }) => [id])) {
      yield step.map((row) => ({ ...row, label: fromText(row.label), run_id: fromText(row.run_id) }))
    }
  }

  async *queues(): AsyncIterable<CopiedQueueRow[]> {
    const sql = `
      SELECT ${storedQueueColumns.join(', ')}, number, greatest(shown_at, modified_at, accessed_at) AS shown_at
      FROM queues WHERE (created_at, number) > ($1::bigint, $2::bigint)
      ORDER BY created_at, number LIMIT $3`
    const steps = this.#steps<CopiedQueueRow & { number: number }>(sql, [-1, -1], (last) => [
      last.created_at,
      last.number,
    ])
    for await (const step of steps) {
      yield step.map(({ number: _, ...row }) => readQueueRow(row))
    }
  }

  async *requests(queueId: string, afterId: string | null): AsyncIterable<RequestRow[]> {
    const columns = requestNames.join(', ')
    const sql = `
      SELECT ${columns} FROM (
        SELECT ${columns}, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM (
          SELECT ${columns} FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3
        ) AS next
      ) AS measured
      WHERE bytes_before < $4::bigint ORDER BY id`
    const { rowsMax, bytesMax } = this.#stepSize
    let last = afterId ?? ''
    for (;;) {
      const rows = await this.#query<RequestRow>(sql, [queueId, last, rowsMax, bytesMax])
      const end = rows.at(-1)
      if (end === undefined) return
      last = end.id
      yield rows.map(readRequestRow)
    }
  }

  async *groups(queueId: string): AsyncIterable<GroupRow[]> {
    const sql = `
      SELECT ${groupRowNames.join(', ')} FROM groups WHERE queue_id = $1 AND name > $2
      ORDER BY name LIMIT $3`
    // The group of URLs without a host has an empty name, and comes first.
    const nameless = await this.#query<GroupRow>(
      `SELECT ${groupRowNames.join(', ')} FROM groups WHERE queue_id = $1 AND name = ''`,
      [queueId],
    )
    if (nameless.length > 0) yield nameless
    for await (const step of this.#steps<GroupRow>(sql, [queueId, ''], ({ name }) => [queueId, name])) {
      yield step.map(readGroupRow)
    }
  }

  async clients(queueId: string): Promise<ClientRow[]> {
    const sql = `SELECT ${clientNames.join(', ')} FROM queue_clients WHERE queue_id = $1`
    return (await this.#query<ClientRow>(sql, [queueId])).map(readClientRow)
  }

  async count(queueId: string): Promise<Counted> {
    return countOf(this.#client, queueId)
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  /** Reads page by page. `keyOf` returns the key after which the next page begins. */
  async *#steps<Row extends QueryResultRow>(
    sql: string,
    from: unknown[],
    keyOf: (last: Row) => unknown[],
  ): AsyncIterable<Row[]> {
    let after = from
    for (;;) {
      const rows = await this.#query<Row>(sql, [...after, this.#stepSize.rowsMax])
      const last = rows.at(-1)
      if (last === undefined) return
      after = keyOf(last)
      yield rows
    }
  }

  async #query<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#client.query<Row>(text, values)).rows
  }
}

/** Counts the requests of a queue, each count by the smallest index that has it. */
export async function countOf(client: Client, queueId: string): Promise<Counted> {
  const { rows } = await client.query<{ total: number; pending: number }>(
    `SELECT (SELECT count(*) FROM requests WHERE queue_id = $1) AS total,
       (SELECT count(*) FROM requests WHERE queue_id = $1 AND available_at IS NOT NULL) AS pending`,
    [queueId],
  )
  return { total: rows[0]!.total, pending: rows[0]!.pending }
}
