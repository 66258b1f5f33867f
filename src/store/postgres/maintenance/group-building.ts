import type { Millis } from '../../../domain/time.ts'
import { stepSize } from '../../operations/policy/build.ts'
import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'

/** How long a step should hold its queue. Calls on the queue wait for it. */
const heldMs = 20
const sizeMin = 100
const sizeMax = 1000
/** The pause after a step, as a part of the time for which it held the queue. Calls of other queues need the database too. */
const pauseShare = 0.25

const selectBuilding = statement(`
  SELECT queue_id FROM queues WHERE building IS NOT NULL AND queue_id > $1 ORDER BY queue_id LIMIT 100`)

/**
 * Brings policies into force that were stored for large queues (13.2), in small steps. Each step is a transaction on
 * its queue. The row of the queue says what is next, so any server goes on where another one stopped.
 */
export class GroupBuilding {
  readonly #database: Database
  readonly #step: (queueId: string, size: number) => Promise<Millis>
  readonly #onProblem: (problem: string) => void
  #running: Promise<void> | null = null
  #stopped = false
  /** How many requests or groups the next step does. It follows from how long the last ones took. */
  #size = stepSize

  /** @param step does so much of a queue, if there is something to do, and returns how long it held the queue */
  constructor(
    database: Database,
    step: (queueId: string, size: number) => Promise<Millis>,
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
        const tookMs = await this.#step(queue_id, this.#size)
        this.#size = nextSize(this.#size, tookMs)
        await new Promise((resolve) => setTimeout(resolve, pauseShare * Math.min(tookMs, heldMs)))
      }
      count += rows.length
      const end = rows.at(-1)
      if (end === undefined || this.#stopped) return count > 0
      last = end.queue_id
    }
  }
}

/** It grows slowly, because a step that is too long makes others wait. */
function nextSize(size: number, tookMs: Millis): number {
  const fitting = (size * heldMs) / Math.max(1, tookMs)
  return Math.round(Math.min(sizeMax, Math.max(sizeMin, size / 2, Math.min(fitting, 1.1 * size))))
}
