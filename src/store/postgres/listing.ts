import { type PlaceRange, rangesWith } from '../../domain/availability.ts'
import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { GrowingPage } from '../request-page.ts'
import { isInState, type ViewRow, viewColumns, viewOfRow } from '../rows.ts'
import type { ListRequests, RequestPage } from '../store.ts'
import { type PostgresClock, wallOf } from './clock.ts'
import { type Database, statement } from './database.ts'
import { patiently } from './patience.ts'
import { viewRowOf } from './rows.ts'
import { toText } from './text.ts'

/** Up to so many locked (or pending) requests a filtered list finds through the order instead of walking the IDs. */
const collectedMax = 10_000

const selectQueue = statement(`
  SELECT owner_id, shown_at, clock_lead, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`)
const walkRequests = statement(`
  SELECT ${viewColumns} FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3`)
const pickRequests = statement(`
  SELECT ${viewColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[]) ORDER BY id`)
/** Those of the state whose places are in one of two ranges; one snapshot, so that none falls through between them. */
const collectIds = statement(`
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint LIMIT $6)
  UNION ALL
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $4::bigint AND $5::bigint LIMIT $6)`)

/** Has nothing between its ends. */
const noRange: PlaceRange = { from: 1, to: 0 }

interface QueueClockRow {
  owner_id: string
  shown_at: number
  clock_lead: number
  wall: string
}

/** Requests in the order of their IDs, so that what changes meanwhile moves nothing (8.2). */
export class RequestListing {
  readonly #database: Database
  readonly #clock: PostgresClock

  constructor(database: Database, clock: PostgresClock) {
    this.#database = database
    this.#clock = clock
  }

  async list(queueId: string, ask: ListRequests): Promise<RequestPage & { readAt: Millis }> {
    let readAt = await this.now(queueId, ask.userId)
    const ids =
      ask.filter === null ? null : await this.#collect(queueId, ask.filter, toText(ask.afterId ?? ''), readAt)
    const page = new GrowingPage(ask.limit, ask.lengthMax)
    let afterId = toText(ask.afterId ?? '')
    for (;;) {
      const count = Math.min(page.stepRows, page.missing)
      const rows =
        ids === null
          ? await this.#walk(queueId, afterId, ask.filter === null ? count : page.stepRows)
          : await this.#pick(queueId, ids.splice(0, count))
      for (const row of rows.found) page.add(viewOfRow(row, readAt), isInState(row, ask.filter, readAt))
      afterId = rows.found.at(-1)?.id ?? afterId
      if (rows.atEnd || page.isFull) return { ...page.finished(), readAt }
      readAt = await this.now(queueId, ask.userId)
    }
  }

  /** The time of the queue. Refuses `queueNotFound`. */
  async now(queueId: string, userId: string): Promise<Millis> {
    const values = [queueId, this.#clock.wallValue]
    const askedAt = this.#clock.asked()
    const [row] = await patiently(() => this.#database.query<QueueClockRow>(selectQueue, values))
    if (row === undefined || row.owner_id !== userId) throw new HeadlockError('queueNotFound')
    return this.#clock.read(Number(row.wall), askedAt, {
      queueId,
      shownAt: row.shown_at,
      leadMs: row.clock_lead,
    })
  }

  async #walk(queueId: string, afterId: string, limit: number): Promise<Step> {
    const rows = await patiently(() => this.#database.query<ViewRow>(walkRequests, [queueId, afterId, limit]))
    return { found: rows.map(viewRowOf), atEnd: rows.length < limit }
  }

  async #pick(queueId: string, ids: string[]): Promise<Step> {
    const rows = await patiently(() => this.#database.query<ViewRow>(pickRequests, [queueId, ids]))
    return { found: rows.map(viewRowOf), atEnd: ids.length === 0 }
  }

  /**
   * The IDs that may match, ascending, found through the order: a few locked requests among millions must not cost a walk
   * through all of them. Null when there are too many to gather; then every few rows one matches anyway.
   */
  async #collect(
    queueId: string,
    filter: readonly ('locked' | 'pending')[],
    afterId: string,
    now: Millis,
  ): Promise<string[] | null> {
    const [first, second = noRange] = rangesWith(filter, now)
    const ranges = [first!.from, first!.to, second.from, second.to]
    const rows = await patiently(() =>
      this.#database.query<{ id: string }>(collectIds, [queueId, ...ranges, collectedMax + 1]),
    )
    if (rows.length > collectedMax) return null
    return rows
      .map(({ id }) => id)
      .filter((id) => id > afterId)
      .sort()
  }
}

interface Step {
  readonly found: ViewRow[]
  readonly atEnd: boolean
}
