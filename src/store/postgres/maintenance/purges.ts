import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'
import type { DeletedRow, FigureSaves } from '../series/save-figures.ts'

/**
 * How many rows of deleted queues one transaction deletes. It is small enough that no call waits noticeably
 * (7.9).
 */
const rowsPerStepMax = 1000
/**
 * Bounds the bytes that one transaction deletes, so that its statement ends in time. It deletes at least one
 * request.
 */
const bytesPerStepMax = 16_000_000

const pauseMs = 20

const selectPurges = statement('SELECT queue_id FROM purges LIMIT 10')
// If several servers delete at the same time, each takes another queue.
const lockPurge = statement('SELECT FROM purges WHERE queue_id = $1 FOR UPDATE SKIP LOCKED')
const deleteSome = statement(`
  DELETE FROM requests WHERE queue_id = $1 AND id IN (
    SELECT id FROM (
      SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM requests
      WHERE queue_id = $1 AND id >= $2 ORDER BY id LIMIT ${rowsPerStepMax}) AS next
    WHERE bytes_before <= ${bytesPerStepMax})
  RETURNING id, bytes`)
const deleteSomeGroups = statement(`
  DELETE FROM groups WHERE queue_id = $1 AND name IN (
    SELECT name FROM groups WHERE queue_id = $1 ORDER BY name LIMIT ${rowsPerStepMax})`)
const deleteClients = statement('DELETE FROM queue_clients WHERE queue_id = $1')
const deletePurge = statement('DELETE FROM purges WHERE queue_id = $1')

/**
 * Deletes the requests, groups and figures of deleted queues, in small steps. Each step begins where the last one ended, because
 * deleted rows stay in the index until they are vacuumed, and every step would read past them again.
 */
export class Purges {
  readonly #database: Database
  readonly #figures: Pick<FigureSaves, 'deleteRowsOf' | 'rowsDeleted'>
  readonly #onProblem: (problem: string) => void
  /** The ID where the next step continues, by queue. */
  readonly #from = new Map<string, string>()
  #running: Promise<void> | null = null
  #stopped = false

  constructor(
    database: Database,
    figures: Pick<FigureSaves, 'deleteRowsOf' | 'rowsDeleted'>,
    onProblem: (problem: string) => void,
  ) {
    this.#database = database
    this.#figures = figures
    this.#onProblem = onProblem
  }

  /** Deletes until nothing is left. Does nothing if it is already running. */
  start(): void {
    if (this.#stopped || this.#running !== null) return
    this.#running = this.#clearAll().finally(() => {
      this.#running = null
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #clearAll(): Promise<void> {
    try {
      while (!this.#stopped && (await this.#clearSome())) {
        // Calls need the connection more.
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    } catch (error) {
      this.#onProblem(
        `the requests of deleted queues could not be deleted. The next attempt comes later: ${String(error)}`,
      )
    }
  }

  /** Returns whether there may be more to delete. */
  async #clearSome(): Promise<boolean> {
    for (const { queue_id } of await this.#database.query<{ queue_id: string }>(selectPurges, [])) {
      if (await this.#clearSomeOf(queue_id)) return true
    }
    return false
  }

  /** Returns false if another server works on this queue. */
  async #clearSomeOf(queueId: string): Promise<boolean> {
    const gone: DeletedRow[] = []
    const hasMore = await this.#database.transaction(async (client) => {
      const locked = await client.query({ ...lockPurge, values: [queueId] })
      if (locked.rows.length === 0) return false
      const from = this.#from.get(queueId) ?? ''
      const deleted = await client.query<{ id: string; bytes: number }>({
        ...deleteSome,
        values: [queueId, from],
      })
      const bytes = deleted.rows.reduce((sum, row) => sum + row.bytes, 0)
      if (deleted.rows.length < rowsPerStepMax && bytes <= bytesPerStepMax) {
        // This server began in the middle. Another server may have begun before that, so the next step starts
        // over.
        if (from !== '') {
          this.#from.delete(queueId)
          return true
        }
        const { rowCount } = await client.query({ ...deleteSomeGroups, values: [queueId] })
        if (rowCount! >= rowsPerStepMax) return true
        // A queue has a few thousand at most.
        gone.push(...(await this.#figures.deleteRowsOf(client, queueId)))
        await client.query({ ...deleteClients, values: [queueId] })
        await client.query({ ...deletePurge, values: [queueId] })
      } else {
        const last = deleted.rows.reduce((latest, { id }) => (id > latest ? id : latest), '')
        this.#from.set(queueId, last)
      }
      return true
    })
    this.#figures.rowsDeleted(gone)
    return hasMore
  }
}
