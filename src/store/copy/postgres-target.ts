import type { Client } from 'pg'
import { OperatorError } from '../../domain/operator-error.ts'
import type { ClientRow } from '../columns/clients.ts'
import type { GroupRow } from '../columns/groups.ts'
import type { RequestRow } from '../columns/requests.ts'
import { migrate } from '../postgres/migrations/migrate.ts'
import type { CopyTarget, Progress } from './ends.ts'
import { nameOf, type PostgresAddress } from './postgres-address.ts'
import { connect, lockSchema } from './postgres-connection.ts'
import { countOf } from './postgres-source.ts'
import {
  addClients,
  addGroups,
  addQueue,
  addRequests,
  addTokens,
  addUsers,
  findQueues,
  findTokens,
  findUsers,
} from './postgres-target-rows.ts'
import { type CopiedQueueRow, type Counted, stateOfQueue, type TokenRow, type UserRow } from './rows.ts'

/** How many rows of an unusable copy one transaction deletes. */
const deletedRowsMax = 10_000

/**
 * A table that exists only while a copy is running. It stores how far each unfinished queue has come, and its
 * state in the source at that time. It is dropped when the copy is complete.
 */
const markers = `
  CREATE TABLE IF NOT EXISTS unfinished_copies (
    queue_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    after_id text COLLATE "C",
    copied bigint NOT NULL
  )`

/**
 * Opens a schema to copy into, and creates it if it does not exist. Servers may run on it. They do not see a
 * queue until its copy is complete.
 *
 * @throws OperatorError if the database cannot be reached, or if the schema belongs to a newer Headlock
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
   * Locks the row of `purges` that marks the requests of an unfinished queue. Servers that delete such
   * requests skip a locked row. When this process ends, however it ends, the lock is gone and they delete
   * them.
   */
  #guard: Client | null = null
  /**
   * The queue that is being copied. It has requests in the target, but its row does not exist yet. The guard
   * is in a transaction during that time.
   */
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
    if (marker !== undefined && marker.state === stateOfQueue(queue) && (await this.#lockMark(queue.id))) {
      const unfinished = { queueId: queue.id, afterId: marker.after_id, copied: marker.copied }
      if (await isWhole(this.#client, unfinished)) {
        this.#unfinished = unfinished
        return unfinished
      }
      // A server has deleted some of it meanwhile.
      await this.#guard!.query('ROLLBACK')
    }
    // Also deletes the rest of a queue that was copied before and deleted here.
    await this.#deleteUnusable(queue.id)
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

  async addGroups(queue: CopiedQueueRow, groups: readonly GroupRow[]): Promise<void> {
    if (this.#unfinished === null) await this.#begin(queue)
    await addGroups(this.#client, queue.id, groups)
  }

  async finish(
    queue: CopiedQueueRow,
    requests: readonly RequestRow[],
    clients: readonly ClientRow[],
  ): Promise<void> {
    const unfinished = this.#unfinished
    if (unfinished === null) {
      await transaction(this.#client, () => finish(this.#client, queue, requests, clients))
      return
    }
    // The guard's transaction began long ago, but it still sees what was committed since.
    const guard = this.#guard!
    if (!(await isWhole(guard, unfinished))) {
      throw new OperatorError(
        `Some copied requests of the queue ${queue.id} are missing in the target.`,
        'Run the copy again.',
      )
    }
    await finish(guard, queue, requests, clients)
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

  /** Marks the queue as unfinished before its first request is written. */
  async #begin(queue: CopiedQueueRow): Promise<Unfinished> {
    await this.#client.query('INSERT INTO unfinished_copies (queue_id, state, copied) VALUES ($1, $2, 0)', [
      queue.id,
      stateOfQueue(queue),
    ])
    do {
      await this.#client.query('INSERT INTO purges (queue_id) VALUES ($1) ON CONFLICT DO NOTHING', [queue.id])
      // If the row is gone, a server found it first and had nothing to delete.
    } while (!(await this.#lockMark(queue.id)))
    this.#unfinished = { queueId: queue.id, afterId: null, copied: 0 }
    return this.#unfinished
  }

  /** Locks the mark, so that no server deletes the requests. Returns false if there is no mark. */
  async #lockMark(queueId: string): Promise<boolean> {
    this.#guard ??= await connect(this.#address, this.name)
    await this.#guard.query('BEGIN')
    const { rows } = await this.#guard.query('SELECT 1 FROM purges WHERE queue_id = $1 FOR UPDATE', [queueId])
    if (rows.length > 0) return true
    await this.#guard.query('ROLLBACK')
    return false
  }

  async #deleteUnusable(queueId: string): Promise<void> {
    for (;;) {
      const { rowCount } = await this.#client.query(
        `DELETE FROM requests WHERE queue_id = $1 AND id IN (
           SELECT id FROM requests WHERE queue_id = $1 ORDER BY id LIMIT ${deletedRowsMax})`,
        [queueId],
      )
      if ((rowCount ?? 0) < deletedRowsMax) break
    }
    await this.#client.query('DELETE FROM groups WHERE queue_id = $1', [queueId])
    await this.#client.query('DELETE FROM queue_figures WHERE queue_id = $1', [queueId])
    await this.#client.query('DELETE FROM queue_clients WHERE queue_id = $1', [queueId])
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

/** Runs in the current transaction of the client. */
async function finish(
  client: Client,
  queue: CopiedQueueRow,
  requests: readonly RequestRow[],
  clients: readonly ClientRow[],
): Promise<void> {
  // Comes first, because it waits for a server that is deleting old requests of the queue.
  await client.query('DELETE FROM purges WHERE queue_id = $1', [queue.id])
  await client.query('DELETE FROM unfinished_copies WHERE queue_id = $1', [queue.id])
  await addRequests(client, queue.id, requests)
  await addClients(client, queue.id, clients)
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
