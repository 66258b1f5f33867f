import type { Client } from 'pg'
import { OperatorError } from '../../domain/operator-error.ts'
import type { RequestRow } from '../columns/requests.ts'
import { migrate } from '../postgres/migrations/migrate.ts'
import type { CopyTarget, Progress } from './ends.ts'
import { nameOf, type PostgresAddress } from './postgres-address.ts'
import { connect, lockSchema } from './postgres-connection.ts'
import { countOf } from './postgres-source.ts'
import {
  addQueue,
  addRequests,
  addTokens,
  addUsers,
  findQueues,
  findTokens,
  findUsers,
} from './postgres-target-rows.ts'
import { type CopiedQueueRow, type Counted, stateOfQueue, type TokenRow, type UserRow } from './rows.ts'

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

/**
 * A schema to copy into, made when it is not there. Servers may run on it: what is being copied is kept from them until
 * its queue is complete.
 *
 * @throws OperatorError when the database cannot be reached, or the schema is of a newer Headlock
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
    return findUsers(this.#client, users)
  }

  async findTokens(tokens: readonly TokenRow[]): Promise<TokenRow[]> {
    return findTokens(this.#client, tokens)
  }

  async findQueues(queues: readonly CopiedQueueRow[]): Promise<CopiedQueueRow[]> {
    return findQueues(this.#client, queues)
  }

  async addUsers(users: readonly UserRow[]): Promise<void> {
    await addUsers(this.#client, users)
  }

  async addTokens(tokens: readonly TokenRow[]): Promise<void> {
    await addTokens(this.#client, tokens)
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
      await addRequests(this.#client, queue.id, requests)
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
      throw new OperatorError(
        `Of the queue ${queue.id} not all is there that was written.`,
        'Run the copy again.',
      )
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
  await addRequests(client, queue.id, requests)
  await addQueue(client, queue)
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
