import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'

/** Calls need the connection more. */
const pauseMs = 20

const selectBuilding = statement(`
  SELECT queue_id FROM queues WHERE building IS NOT NULL AND queue_id > $1 ORDER BY queue_id LIMIT 100`)

/**
 * Brings policies into force that were stored for large queues (13.2), in small steps. Each step is a transaction on
 * its queue. The row of the queue says what is next, so any server goes on where another one stopped.
 */
export class GroupBuilding {
  readonly #database: Database
  readonly #step: (queueId: string) => Promise<void>
  readonly #onProblem: (problem: string) => void
  #running: Promise<void> | null = null
  #stopped = false

  /** @param step does the next step of a queue, if there is one */
  constructor(
    database: Database,
    step: (queueId: string) => Promise<void>,
    onProblem: (problem: string) => void,
  ) {
    this.#database = database
    this.#step = step
    this.#onProblem = onProblem
  }

  /** Goes on until every policy is in force. Does nothing if it is already running. */
  start(): void {
    if (this.#stopped || this.#running !== null) return
    this.#running = this.#buildAll().finally(() => {
      this.#running = null
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #buildAll(): Promise<void> {
    try {
      while (!this.#stopped && (await this.#buildSome())) {}
    } catch (error) {
      this.#onProblem(
        `the groups of a queue could not be built. The next attempt comes later: ${String(error)}`,
      )
    }
  }

  /** One step for each queue that needs one. Returns whether there was any. */
  async #buildSome(): Promise<boolean> {
    let count = 0
    for (let last = ''; ; ) {
      const rows = await this.#database.query<{ queue_id: string }>(selectBuilding, [last])
      for (const { queue_id } of rows) {
        if (this.#stopped) return false
        await this.#step(queue_id)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      count += rows.length
      const end = rows.at(-1)
      if (end === undefined || this.#stopped) return count > 0
      last = end.queue_id
    }
  }
}
