import type { Millis } from '../../../domain/time.ts'
import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'

/** Callers on other servers hear of a change at most this much later. */
const pollEveryMs: Millis = 200

/** Every change that makes a request available changes one of these. A head/lock that finds nothing changes none. */
const selectVersion = statement(`
  SELECT concat_ws(' ', modified_at, last_ticket, write_count, total_count, handled_count, policy_version, building) AS version
  FROM queues WHERE queue_id = $1`)

/**
 * Looks for changes of queues, on a cluster: its nodes do not pass on what a transaction notifies. One read by
 * the primary key for each queue that somebody waits for, however many wait.
 */
export class Poller {
  readonly #database: Database
  readonly #changed: (queueId: string) => void
  /** What was read last. Undefined before the first read. */
  readonly #versions = new Map<string, string | null | undefined>()
  #timer: NodeJS.Timeout | null = null
  #isPolling = false

  constructor(database: Database, changed: (queueId: string) => void) {
    this.#database = database
    this.#changed = changed
  }

  /** Resolves when later changes will be found. */
  async add(queueId: string): Promise<void> {
    const version = await this.#version(queueId)
    this.#versions.set(queueId, version)
    this.#timer ??= setInterval(() => void this.#poll(), pollEveryMs).unref()
  }

  remove(queueId: string): void {
    this.#versions.delete(queueId)
    if (this.#versions.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      for (const [queueId, before] of this.#versions) {
        const version = await this.#version(queueId)
        if (version === before || !this.#versions.has(queueId)) continue
        this.#versions.set(queueId, version)
        this.#changed(queueId)
      }
    } catch {
      // The database cannot be reached. The next poll compares with the same versions.
    } finally {
      this.#isPolling = false
    }
  }

  /** Null if the queue does not exist. */
  async #version(queueId: string): Promise<string | null> {
    const [row] = await this.#database.query<{ version: string }>(selectVersion, [queueId])
    return row?.version ?? null
  }
}
