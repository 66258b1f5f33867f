import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type PlaceRange, rangesWith } from '../../domain/availability.ts'
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
import { lockedRows } from './reads/locked-requests.ts'
import { Prepared } from './reads/prepared.ts'

const selectAfter = `
  SELECT ${viewColumns}, requests.bytes FROM requests INDEXED BY requests_by_id
  WHERE queue_number = ? AND id > ? ORDER BY id LIMIT +?`
const selectOne = `SELECT ${viewColumns}, requests.bytes FROM requests WHERE queue_number = ? AND id = ?`
/** Reads only the index. */
const selectInRange = `
  SELECT number FROM requests INDEXED BY requests_in_order
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
/** A number that has become that of another queue is left out. */
const selectId = 'SELECT id FROM requests WHERE number = ?2 AND queue_number = ?1'
const idsPerStepMax = 500
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
  readonly #prepared: Prepared
  readonly #queueNumber: number
  readonly #now: () => Millis
  readonly #assertOpen: () => void
  #isFirst = true

  /** @param assertOpen throws if the connection was closed between two turns */
  constructor(db: DatabaseSync, queueNumber: number, now: () => Millis, assertOpen: () => void) {
    this.#db = db
    this.#prepared = new Prepared(db)
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
    const locked = states.includes('pending') ? null : await this.#locked(now)
    if (locked === null) await this.#nextTurn()
    const numbers = locked ?? this.#atPlaces(rangesWith(states, now))
    return numbers.length > collectedMax ? null : this.#idsOf(numbers)
  }

  #locked(now: Millis): Promise<readonly number[] | null> {
    return lockedRows(this.#prepared, this.#queueNumber, now, collectedMax + 1, () => this.#nextTurn())
  }

  #atPlaces(ranges: readonly PlaceRange[]): number[] {
    const numbers: number[] = []
    // One snapshot for all ranges. Otherwise a request that is given back in between could be missed.
    this.#db.exec('BEGIN')
    try {
      const statement = this.#db.prepare(selectInRange)
      for (const { from, to } of ranges) {
        const missing = collectedMax + 1 - numbers.length
        for (const row of statement.all(this.#queueNumber, from, to, missing)) {
          numbers.push(row['number'] as number)
        }
      }
      return numbers
    } finally {
      this.#endTransaction()
    }
  }

  /** The IDs are on as many pages as there are requests, so they are read in steps. */
  async #idsOf(numbers: readonly number[]): Promise<string[]> {
    const statement = this.#db.prepare(selectId)
    const ids: string[] = []
    for (let from = 0; from < numbers.length; from += idsPerStepMax) {
      await this.#nextTurn()
      for (const number of numbers.slice(from, from + idsPerStepMax)) {
        const row = statement.get(this.#queueNumber, number)
        if (row !== undefined) ids.push(row['id'] as string)
      }
    }
    return ids
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
