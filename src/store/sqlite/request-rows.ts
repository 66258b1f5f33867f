import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { rangesWith } from '../../domain/availability.ts'
import type { Millis } from '../../domain/time.ts'
import type { Scanned } from '../candidates.ts'
import {
  collectedMax,
  listedBytesPerStepMax,
  type Picked,
  type RequestRows,
  type States,
  scannedPerStepMax,
  type Walked,
} from '../list-requests.ts'
import { type ViewRow, viewColumns } from '../request-views.ts'

const selectAfter = `
  SELECT ${viewColumns}, requests.bytes FROM requests INDEXED BY requests_by_id
  WHERE queue_number = ? AND id > ? ORDER BY id LIMIT +?`
const selectOne = `SELECT ${viewColumns}, requests.bytes FROM requests WHERE queue_number = ? AND id = ?`
const selectInRange = `
  SELECT id FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at BETWEEN ? AND ? LIMIT +?`
/** Reads only the index. */
const selectEndOfScan = `
  SELECT id FROM requests INDEXED BY requests_by_id
  WHERE queue_number = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ${scannedPerStepMax - 1}`
const selectScanned = `
  SELECT id FROM requests INDEXED BY requests_by_id
  WHERE queue_number = ? AND id > ? AND id <= ? AND handled_at IS NULL
    AND CASE WHEN lock_expires_at > ? THEN ? ELSE ? END
  ORDER BY id`
/** Sorts after every ID, because IDs contain only letters and digits. */
const afterAllIds = '~'

interface SizedRow extends ViewRow {
  bytes: number
}

/**
 * Reads the requests of one queue on a read-only connection. Each step is in a turn of the event loop of its
 * own.
 */
export class SqliteRequestRows implements RequestRows {
  readonly #db: DatabaseSync
  readonly #queueNumber: number
  readonly #now: () => Millis
  readonly #assertOpen: () => void
  #isFirst = true

  /** @param assertOpen throws if the connection was closed between two turns */
  constructor(db: DatabaseSync, queueNumber: number, now: () => Millis, assertOpen: () => void) {
    this.#db = db
    this.#queueNumber = queueNumber
    this.#now = now
    this.#assertOpen = assertOpen
  }

  now(): Millis {
    return this.#now()
  }

  async walk(afterId: string, limit: number): Promise<Walked> {
    await this.#nextTurn()
    const found: ViewRow[] = []
    let bytes = 0
    for (const row of this.#db.prepare(selectAfter).iterate(this.#queueNumber, afterId, limit)) {
      const sized = row as unknown as SizedRow
      found.push(sized)
      bytes += sized.bytes
      if (bytes > listedBytesPerStepMax) return { found, atEnd: false }
    }
    return { found, atEnd: found.length < limit }
  }

  async pick(ids: readonly string[]): Promise<Picked> {
    await this.#nextTurn()
    const statement = this.#db.prepare(selectOne)
    const found: ViewRow[] = []
    let bytes = 0
    for (const [index, id] of ids.entries()) {
      if (bytes > listedBytesPerStepMax) return { found, left: ids.slice(index) }
      const row = statement.get(this.#queueNumber, id) as SizedRow | undefined
      if (row === undefined) continue
      found.push(row)
      bytes += row.bytes
    }
    return { found, left: [] }
  }

  async collect(states: States, now: Millis): Promise<string[] | null> {
    await this.#nextTurn()
    const ids: string[] = []
    // One snapshot for all ranges. Otherwise a request that is given back in between could be missed.
    this.#db.exec('BEGIN')
    try {
      const statement = this.#db.prepare(selectInRange)
      for (const { from, to } of rangesWith(states, now)) {
        const missing = collectedMax + 1 - ids.length
        for (const row of statement.all(this.#queueNumber, from, to, missing)) ids.push(row['id'] as string)
        if (ids.length > collectedMax) return null
      }
      return ids
    } finally {
      this.#endTransaction()
    }
  }

  async scan(afterId: string, states: States, now: Millis): Promise<Scanned> {
    await this.#nextTurn()
    const end = this.#db.prepare(selectEndOfScan).get(this.#queueNumber, afterId)
    const lastId = (end?.['id'] as string | undefined) ?? null
    const [locked, pending] = [states.includes('locked') ? 1 : 0, states.includes('pending') ? 1 : 0]
    const rows = this.#db
      .prepare(selectScanned)
      .all(this.#queueNumber, afterId, lastId ?? afterAllIds, now, locked, pending)
    return { ids: rows.map(({ id }) => id as string), lastId }
  }

  /** Waits for the next turn of the event loop, except before the first step. */
  async #nextTurn(): Promise<void> {
    if (this.#isFirst) {
      this.#isFirst = false
      return
    }
    await nextTurn()
    this.#assertOpen()
  }

  /** Ends the read transaction. An error of the disk has already ended it, or ends it now. */
  #endTransaction(): void {
    try {
      this.#db.exec('COMMIT')
    } catch {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    }
  }
}
