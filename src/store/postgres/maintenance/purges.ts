import { type Database, statement } from '../connection/pool.ts'

/** So many rows of a deleted queue go in one transaction: few enough that nobody waits for it (7.9). */
const rowsPerStepMax = 1000
/** And so much of their contents, one in any case: a statement has to be done in time. */
const bytesPerStepMax = 16_000_000

const pauseMs = 20

const selectPurges = statement('SELECT queue_id FROM purges LIMIT 10')
// Of servers that clear away at the same time, each takes another queue.
const lockPurge = statement('SELECT FROM purges WHERE queue_id = $1 FOR UPDATE SKIP LOCKED')
const deleteSome = statement(`
  DELETE FROM requests WHERE queue_id = $1 AND id IN (
    SELECT id FROM (
      SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM requests
      WHERE queue_id = $1 AND id >= $2 ORDER BY id LIMIT ${rowsPerStepMax}) AS next
    WHERE bytes_before <= ${bytesPerStepMax})
  RETURNING id, bytes`)
const deletePurge = statement('DELETE FROM purges WHERE queue_id = $1')

/**
 * Clears away what deleted queues left behind, in small steps. A step begins where the one before ended: what was deleted
 * stays in the index until it is vacuumed, and each step would pass by it again.
 */
export class Purges {
  readonly #database: Database
  readonly #onProblem: (problem: string) => void
  /** Where to go on, by queue. */
  readonly #from = new Map<string, string>()
  #running: Promise<void> | null = null
  #stopped = false

  constructor(database: Database, onProblem: (problem: string) => void) {
    this.#database = database
    this.#onProblem = onProblem
  }

  /** Goes on until nothing is left; at once when it is under way already. */
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
        // The connection is there for calls first.
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    } catch (error) {
      this.#onProblem(`deleted queues could not be cleared away, and will be later: ${String(error)}`)
    }
  }

  /** Whether there may be more for this server to do. */
  async #clearSome(): Promise<boolean> {
    for (const { queue_id } of await this.#database.query<{ queue_id: string }>(selectPurges, [])) {
      if (await this.#clearSomeOf(queue_id)) return true
    }
    return false
  }

  /** Whether it was this server's turn. */
  async #clearSomeOf(queueId: string): Promise<boolean> {
    return this.#database.transaction(async (client) => {
      const locked = await client.query({ ...lockPurge, values: [queueId] })
      if (locked.rows.length === 0) return false
      const from = this.#from.get(queueId) ?? ''
      const deleted = await client.query<{ id: string; bytes: number }>({
        ...deleteSome,
        values: [queueId, from],
      })
      const bytes = deleted.rows.reduce((sum, row) => sum + row.bytes, 0)
      if (deleted.rows.length < rowsPerStepMax && bytes <= bytesPerStepMax) {
        // Those before where this server began; another one may have been at it.
        if (from !== '') this.#from.delete(queueId)
        else await client.query({ ...deletePurge, values: [queueId] })
      } else {
        const last = deleted.rows.reduce((latest, { id }) => (id > latest ? id : latest), '')
        this.#from.set(queueId, last)
      }
      return true
    })
  }
}
