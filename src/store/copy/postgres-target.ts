import type { Client } from 'pg'
import { foldedName } from '../../domain/queue.ts'
import { fromText, toText } from '../postgres/encoding/text.ts'
import { unnest } from '../postgres/encoding/unnest.ts'
import { migrate } from '../postgres/migrations/migrate.ts'
import { nameOf, type PostgresAddress } from './address.ts'
import type { CopyTarget, Progress } from './ends.ts'
import { connect, lockSchema } from './postgres-connection.ts'
import { countOf } from './postgres-source.ts'
import {
  type CopiedQueueRow,
  type Counted,
  queueColumns,
  type RequestRow,
  requestColumns,
  stateOfQueue,
  type TokenRow,
  type UserRow,
} from './rows.ts'

/** So many rows of a broken copy that cannot be gone on with are deleted in one transaction. */
const clearedRowsMax = 10_000

/**
 * Beside the tables of the schema while a copy is under way: how far each unfinished queue has come, and the state in
 * which the source had it then. Gone when the copy is complete.
 */
const markers = `
  CREATE TABLE IF NOT EXISTS unfinished_copies (
    queue_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    after_id text COLLATE "C",
    copied bigint NOT NULL
  )`

const storedQueueColumns = queueColumns.map((column) => (column === 'id' ? 'queue_id' : column)).join(', ')
const insertRequests = `
  INSERT INTO requests (queue_id, ${requestColumns.join(', ')})
  SELECT $1::text, given.* FROM ${unnest(requestColumns, 2)}`

const queueTextColumns: ReadonlySet<string> = new Set([
  'id',
  'owner_id',
  'name',
  'title',
  'general_access',
  'first_client_key',
] satisfies (keyof CopiedQueueRow)[])

function queueParameter(column: string, index: number): string {
  if (column === 'had_multiple_clients') return `$${index + 1}::boolean`
  return `$${index + 1}::${queueTextColumns.has(column) ? 'text' : 'bigint'}`
}

/** The parameters are those of `queueValues`; the last one is the time that the source has shown. */
const insertQueue = `
  INSERT INTO queues (${storedQueueColumns}, number, owner_name, shown_at, clock_lead, held_count, head_from_at,
    head_from_sequence, scheduled_until)
  SELECT ${queueColumns.map(queueParameter).join(', ')}, nextval('queue_numbers'), users.username,
    $${queueColumns.length + 1}::bigint, 0,
    (SELECT count(*) FROM requests WHERE queue_id = $1 AND locked_by IS NOT NULL), 0, 0,
    (SELECT coalesce(max(abs(available_at)), 0) FROM requests WHERE queue_id = $1 AND locked_by IS NULL)
  FROM users WHERE users.id = $2`

/**
 * A schema to copy into, made when it is not there. Servers may run on it: what is being copied is kept from them until
 * its queue is complete.
 *
 * @throws Error saying what to do, when the database cannot be reached, or the schema is of a newer Headlock
 */
export async function openPostgresTarget(address: PostgresAddress): Promise<CopyTarget> {
  const name = nameOf(address)
  const client = await connect(address, name)
  try {
    await lockSchema(client, address, 'write')
    await migrate(client, address.schema)
    await client.query(markers)
    return new PostgresTarget(address, client)
  } catch (error) {
    await client.end()
    throw error
  }
}

interface Unfinished {
  readonly queueId: string
  afterId: string | null
  copied: number
}

class PostgresTarget implements CopyTarget {
  readonly name: string
  readonly #address: PostgresAddress
  readonly #client: Client
  /**
   * Holds the row of `purges` that marks what an unfinished queue has here. Servers that clear away pass by a row that is
   * held; when this process ends, however it ends, they find it.
   */
  #guard: Client | null = null
  /** The queue that has requests here and is not there yet; the guard is in a transaction as long as there is one. */
  #unfinished: Unfinished | null = null

  constructor(address: PostgresAddress, client: Client) {
    this.name = nameOf(address)
    this.#address = address
    this.#client = client
  }

  async findUsers(users: readonly UserRow[]): Promise<UserRow[]> {
    const { rows } = await this.#client.query<UserRow>(
      `SELECT id, username, created_at FROM users
       WHERE id = ANY ($1::text[]) OR username_folded = ANY ($2::text[])`,
      [users.map(({ id }) => id), users.map(({ username }) => foldedName(username))],
    )
    return rows
  }

  async findTokens(tokens: readonly TokenRow[]): Promise<TokenRow[]> {
    const { rows } = await this.#client.query<TokenRow>(
      'SELECT * FROM tokens WHERE id = ANY ($1::text[]) OR token_hash = ANY ($2::text[])',
      [tokens.map(({ id }) => id), tokens.map(({ token_hash }) => token_hash)],
    )
    return rows.map((row) => ({ ...row, label: fromText(row.label), run_id: fromText(row.run_id) }))
  }

  async findQueues(queues: readonly CopiedQueueRow[]): Promise<CopiedQueueRow[]> {
    const named = queues.filter(({ name }) => name !== null)
    const holders = await this.#client.query<{ queue_id: string }>(
      `SELECT queue_names.queue_id FROM unnest($1::text[], $2::text[]) AS wanted (owner_id, name_folded)
       JOIN queue_names USING (owner_id, name_folded)`,
      [named.map(({ owner_id }) => owner_id), named.map(({ name }) => foldedName(name!))],
    )
    const ids = [...queues.map(({ id }) => id), ...holders.rows.map(({ queue_id }) => queue_id)]
    const { rows } = await this.#client.query<Omit<CopiedQueueRow, 'id'> & { queue_id: string }>(
      `SELECT ${storedQueueColumns}, shown_at FROM queues WHERE queue_id = ANY ($1::text[])`,
      [ids],
    )
    return rows.map(({ queue_id: id, ...row }) => ({ ...row, id, title: fromText(row.title) }))
  }

  async addUsers(users: readonly UserRow[]): Promise<void> {
    await this.#client.query(
      `INSERT INTO users (id, username, username_folded, created_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING`,
      [
        users.map(({ id }) => id),
        users.map(({ username }) => username),
        users.map(({ username }) => foldedName(username)),
        users.map(({ created_at }) => created_at),
      ],
    )
  }

  async addTokens(tokens: readonly TokenRow[]): Promise<void> {
    await this.#client.query(
      `INSERT INTO tokens (id, user_id, token_hash, label, run_id, read_only, created_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[])
       ON CONFLICT DO NOTHING`,
      [
        tokens.map(({ id }) => id),
        tokens.map(({ user_id }) => user_id),
        tokens.map(({ token_hash }) => token_hash),
        tokens.map(({ label }) => toText(label)),
        tokens.map(({ run_id }) => toText(run_id)),
        tokens.map(({ read_only }) => read_only),
        tokens.map(({ created_at }) => created_at),
      ],
    )
  }

  async resume(queue: CopiedQueueRow): Promise<Progress> {
    const { rows } = await this.#client.query<{ state: string; after_id: string | null; copied: number }>(
      'SELECT state, after_id, copied FROM unfinished_copies WHERE queue_id = $1',
      [queue.id],
    )
    const marker = rows[0]
    if (marker !== undefined && marker.state === stateOfQueue(queue) && (await this.#guards(queue.id))) {
      const unfinished = { queueId: queue.id, afterId: marker.after_id, copied: marker.copied }
      if (await isWhole(this.#client, unfinished)) {
        this.#unfinished = unfinished
        return unfinished
      }
      // A server has cleared some of it away meanwhile.
      await this.#guard!.query('ROLLBACK')
    }
    // Also what is left of a queue that was copied once and deleted here.
    await this.#clear(queue.id)
    return { afterId: null, copied: 0 }
  }

  async addRequests(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void> {
    const unfinished = this.#unfinished ?? (await this.#begin(queue))
    const copied = unfinished.copied + requests.length
    const afterId = requests.at(-1)?.id ?? unfinished.afterId
    await transaction(this.#client, async () => {
      await insert(this.#client, queue.id, requests)
      await this.#client.query(
        'UPDATE unfinished_copies SET after_id = $2, copied = $3 WHERE queue_id = $1',
        [queue.id, afterId, copied],
      )
    })
    unfinished.copied = copied
    unfinished.afterId = afterId
  }

  async finish(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void> {
    const unfinished = this.#unfinished
    if (unfinished === null) {
      await transaction(this.#client, () => finish(this.#client, queue, requests))
      return
    }
    // The guard's transaction has begun long ago, and sees what was committed since.
    const guard = this.#guard!
    if (!(await isWhole(guard, unfinished))) {
      throw new Error(`Of the queue ${queue.id} not all is there that was written. Run the copy again.`)
    }
    await finish(guard, queue, requests)
    await guard.query('COMMIT')
    this.#unfinished = null
  }

  async count(queueId: string): Promise<Counted> {
    return countOf(this.#client, queueId)
  }

  async complete(): Promise<void> {
    await this.#client.query('DROP TABLE unfinished_copies')
    await this.#client.query('ANALYZE requests, queues')
  }

  async close(): Promise<void> {
    await this.#guard?.end()
    await this.#client.end()
  }

  /** Marks the queue as unfinished before it has any request. */
  async #begin(queue: CopiedQueueRow): Promise<Unfinished> {
    await this.#client.query('INSERT INTO unfinished_copies (queue_id, state, copied) VALUES ($1, $2, 0)', [
      queue.id,
      stateOfQueue(queue),
    ])
    do {
      await this.#client.query('INSERT INTO purges (queue_id) VALUES ($1) ON CONFLICT DO NOTHING', [queue.id])
      // Not there any more: a server found it first, and nothing to clear away.
    } while (!(await this.#guards(queue.id)))
    this.#unfinished = { queueId: queue.id, afterId: null, copied: 0 }
    return this.#unfinished
  }

  /** Takes hold of the mark, so that no server clears the queue away; false when there is none. */
  async #guards(queueId: string): Promise<boolean> {
    this.#guard ??= await connect(this.#address, this.name)
    await this.#guard.query('BEGIN')
    const { rows } = await this.#guard.query('SELECT 1 FROM purges WHERE queue_id = $1 FOR UPDATE', [queueId])
    if (rows.length > 0) return true
    await this.#guard.query('ROLLBACK')
    return false
  }

  async #clear(queueId: string): Promise<void> {
    for (;;) {
      const { rowCount } = await this.#client.query(
        `DELETE FROM requests WHERE queue_id = $1 AND id IN (
           SELECT id FROM requests WHERE queue_id = $1 ORDER BY id LIMIT ${clearedRowsMax})`,
        [queueId],
      )
      if ((rowCount ?? 0) < clearedRowsMax) break
    }
    await this.#client.query('DELETE FROM purges WHERE queue_id = $1', [queueId])
    await this.#client.query('DELETE FROM unfinished_copies WHERE queue_id = $1', [queueId])
  }
}

async function isWhole(client: Client, { queueId, afterId, copied }: Unfinished): Promise<boolean> {
  const { rows } = await client.query<{ copied: number; after_id: string | null }>(
    `SELECT count(*) AS copied, (SELECT id FROM requests WHERE queue_id = $1 ORDER BY id DESC LIMIT 1) AS after_id
     FROM requests WHERE queue_id = $1`,
    [queueId],
  )
  return rows[0]!.copied === copied && rows[0]!.after_id === afterId
}

/** In the transaction that the client is in. */
async function finish(client: Client, queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void> {
  // First, because it waits for a server that clears away what the queue had here before.
  await client.query('DELETE FROM purges WHERE queue_id = $1', [queue.id])
  await client.query('DELETE FROM unfinished_copies WHERE queue_id = $1', [queue.id])
  await insert(client, queue.id, requests)
  if (queue.name !== null) {
    await client.query('INSERT INTO queue_names (owner_id, name_folded, queue_id) VALUES ($1, $2, $3)', [
      queue.owner_id,
      foldedName(queue.name),
      queue.id,
    ])
  }
  const { rowCount } = await client.query(insertQueue, [...queueValues(queue), queue.shown_at])
  if (rowCount !== 1)
    throw new Error(`The owner of the queue ${queue.id} is not in the target. Run the copy again.`)
}

async function insert(client: Client, queueId: string, requests: readonly RequestRow[]): Promise<void> {
  if (requests.length === 0) return
  const arrays = requestColumns.map((column) => requests.map((request) => stored(request[column])))
  await client.query(insertRequests, [queueId, ...arrays])
}

function queueValues(queue: CopiedQueueRow): unknown[] {
  return queueColumns.map((column) => stored(queue[column]))
}

function stored(value: string | number | boolean | null): string | number | boolean | null {
  return typeof value === 'string' ? toText(value) : value
}

async function transaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
