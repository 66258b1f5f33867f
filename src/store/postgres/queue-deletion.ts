import type { Millis } from '../../domain/time.ts'
import { ownedBy } from '../queue-access.ts'
import type { ReadNotes } from './batching/read-notes.ts'
import { type PostgresClock, readWall } from './clock.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'
import { deleteJobsOfQueue } from './jobs/job-rows.ts'
import { insertDeleted } from './series/deleted-queues.ts'
import type { FigureSaves } from './series/save-figures.ts'
import { channelOf, tellingOf } from './waiting/news-channel.ts'

export type DeletionFigures = Pick<FigureSaves, 'queueDeleted' | 'deleteRowsToCome' | 'rowsDeleted'>

interface DroppedRow {
  owner_id: string
  total_count: number
  handled_count: number
  name: string | null
  waited_until: number
}

const droppedColumns = 'owner_id, name, waited_until, total_count, handled_count'
const deleteOwned = statement(
  `DELETE FROM queues WHERE queue_id = $1 AND ${ownedBy('$2')} RETURNING ${droppedColumns}`,
)
const deleteExpired = statement(`
  DELETE FROM queues WHERE queue_id = $1 AND name IS NULL AND accessed_at <= $2::bigint
  RETURNING ${droppedColumns}`)
const giveUpName = statement('DELETE FROM queue_names WHERE owner_id = $1 AND queue_id = $2')
const insertPurge = statement('INSERT INTO purges (queue_id) VALUES ($1)')

/** Deletes queues. What they leave, their requests first, is cleared away by the purge (7.9). */
export class QueueDeletion {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #notes: ReadNotes
  readonly #figures: DeletionFigures

  constructor(database: Database, clock: PostgresClock, notes: ReadNotes, figures: DeletionFigures) {
    this.#database = database
    this.#clock = clock
    this.#notes = notes
    this.#figures = figures
  }

  /** The owner of the queue that was deleted. Undefined: this user has no such queue. */
  delete(queueId: string, userId: string): Promise<{ readonly owner_id: string } | undefined> {
    return this.#drop(queueId, deleteOwned, [queueId, userId])
  }

  /** Deletes the queue if it has no name and nobody has used it since. Returns whether it did (7.7). */
  async expire(queueId: string, lastAccess: Millis): Promise<boolean> {
    return (await this.#drop(queueId, deleteExpired, [queueId, lastAccess])) !== undefined
  }

  async #drop(
    queueId: string,
    statementThatDeletes: typeof deleteOwned,
    values: unknown[],
  ): Promise<DroppedRow | undefined> {
    const dropped = await withRetries(() =>
      this.#database.transaction(async (client) => {
        const { rows } = await client.query<DroppedRow>({ ...statementThatDeletes, values })
        const [row] = rows
        if (row === undefined) return undefined
        const wall = await readWall(client, this.#clock)
        // In a cluster every node has the names. A queue without a name needs only its own node.
        if (row.name !== null) await client.query({ ...giveUpName, values: [row.owner_id, queueId] })
        await client.query({ ...deleteJobsOfQueue, values: [queueId] })
        await client.query({ ...insertPurge, values: [queueId] })
        await client.query({ ...insertDeleted, values: [queueId, row.owner_id, wall] })
        const gone = await this.#figures.deleteRowsToCome(client, queueId)
        // Who waits for its requests has to hear that it is gone.
        if (row.waited_until > 0 && !this.#database.isCluster) {
          const { name, text, values } = tellingOf(channelOf(this.#database.schema), queueId, {
            count: 1,
            inMs: null,
          })
          await client.query({ name, text, values: [...values] })
        }
        return { row, wall, gone }
      }),
    )
    if (dropped === undefined) return undefined
    const { row, wall, gone } = dropped
    this.#notes.forget(queueId)
    this.#figures.rowsDeleted(gone)
    this.#figures.queueDeleted(queueId, row.total_count - row.handled_count, wall)
    return row
  }
}
