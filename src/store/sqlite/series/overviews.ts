import { setImmediate as turn } from 'node:timers/promises'
import type { Millis } from '../../../domain/time.ts'
import { queueColumnToRead } from '../../columns/queues.ts'
import type {
  ChangedOverviews,
  ListOverviews,
  OverviewPage,
  OverviewPlace,
  QueueOverview,
} from '../../params/overviews.ts'
import { ownedBy } from '../../queue-access.ts'
import {
  comparePlaces,
  type HourStep,
  isFound,
  type OverviewQueue,
  overviewOf,
  overviewRange,
  placeOf,
  type RecentSums,
} from '../../series/overview.ts'
import type { Prepared } from '../reads/prepared.ts'

/** How many queues are read between two turns of the event loop. It takes a millisecond. */
const queuesPerTurn = 250

const columns = [
  'queues.number, queues.id, queues.name',
  queueColumnToRead('title'),
  'queues.created_at, queues.modified_at, queues.total_count, queues.handled_count',
].join(', ')
const owner = `(SELECT username FROM users WHERE users.id = queues.owner_id) AS owner_name`
/** Only what queues are found and sorted by. The rest is read of those that are shown. */
const selectAll = `
  SELECT number, id, name, ${queueColumnToRead('title')}, created_at, modified_at, total_count, handled_count FROM queues INDEXED BY queues_by_age
  WHERE ${ownedBy('?')} AND (created_at, number) > (?, ?) ORDER BY created_at, number LIMIT +?`
const selectQueue = `SELECT ${columns}, ${owner} FROM queues WHERE number = ?`
const selectChanged = `
  SELECT ${columns}, ${owner} FROM queues
  WHERE number IN (
    SELECT DISTINCT queue_number FROM queue_figures INDEXED BY queue_figures_by_time
    WHERE step_secs = 1 AND at BETWEEN ? AND ?)
  AND ${ownedBy('?')} ORDER BY modified_at DESC LIMIT +?`
const selectLocked = `
  SELECT coalesce(sum(ran_out), 0) AS locked FROM queue_figures WHERE queue_number = ? AND step_secs = 1 AND at > ?`
const selectRecent = `
  SELECT coalesce(sum(added), 0) AS added, coalesce(sum(handled), 0) AS handled,
    coalesce(sum(handed_out), 0) AS handed_out, coalesce(sum(failed), 0) AS failed
  FROM queue_figures WHERE queue_number = ? AND step_secs = 1 AND at BETWEEN ? AND ?`
const selectHour = `
  SELECT at, handled, pending_change FROM queue_figures
  WHERE queue_number = ? AND step_secs = 10 AND at BETWEEN ? AND ?`
/** The places of each side that became available first. */
const selectOldest = `
  SELECT
    (SELECT max(available_at) FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ?1 AND available_at BETWEEN -?2 AND -1) AS forefront_at,
    (SELECT min(available_at) FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ?1 AND available_at BETWEEN 0 AND ?2) AS end_at`

interface Row extends OverviewQueue {
  readonly number: number
}

interface Found {
  readonly row: Row
  readonly place: OverviewPlace
}

/** Reads what lists for people show of queues, in slices, so that nothing else stands still. */
export class Overviews {
  readonly #prepared: Prepared
  readonly #assertOpen: () => void

  /** @param assertOpen throws when the connection is closed */
  constructor(prepared: Prepared, assertOpen: () => void) {
    this.#prepared = prepared
    this.#assertOpen = assertOpen
  }

  async list(params: ListOverviews, now: Millis): Promise<OverviewPage> {
    const found = await this.#find(params, now)
    const page = found.slice(0, params.limit)
    // Those that were deleted since are left out.
    const rows = page.flatMap(({ row }) => {
      return (this.#prepared.statement(selectQueue).get(row.number) as unknown as Row | undefined) ?? []
    })
    const items = await this.#overviewsOf(rows, now)
    return { items, next: found.length > page.length ? page.at(-1)!.place : null }
  }

  /** The queues in which something has happened lately, the latest first. */
  changed({ userId, limit }: ChangedOverviews, now: Millis): Promise<readonly QueueOverview[]> {
    const { changedFrom, second } = overviewRange(now)
    const rows = this.#prepared.statement(selectChanged).all(changedFrom, second, userId, limit)
    return this.#overviewsOf(rows as unknown as Row[], now)
  }

  /** The first queues in the order that is asked for, and one more. Keeps only so many in memory. */
  async #find(params: ListOverviews, now: Millis): Promise<Found[]> {
    const { userId, search, sort, desc, limit, after } = params
    const compare = (a: OverviewPlace, b: OverviewPlace) => (desc ? -1 : 1) * comparePlaces(a, b)
    let best: Found[] = []
    const keep = () => {
      best = best.sort((a, b) => compare(a.place, b.place)).slice(0, limit + 1)
    }
    for (let from: readonly [number, number] = [-1, -1]; ; ) {
      this.#assertOpen()
      const all = this.#prepared.statement(selectAll).all(userId, ...from, queuesPerTurn)
      const rows = all as unknown as Row[]
      for (const row of rows) {
        if (!isFound(row, search)) continue
        const place = placeOf(row, sort === 'locked' ? this.#locked(row, now) : 0, sort)
        if (after === null || compare(place, after) > 0) best.push({ row, place })
      }
      if (best.length > 4 * limit + queuesPerTurn) keep()
      const last = rows.at(-1)
      if (last === undefined || rows.length < queuesPerTurn) break
      from = [last.created_at, last.number]
      await turn()
    }
    keep()
    return best
  }

  async #overviewsOf(rows: readonly Row[], now: Millis): Promise<QueueOverview[]> {
    const overviews: QueueOverview[] = []
    for (const row of rows) {
      this.#assertOpen()
      overviews.push(this.#overviewOf(row, now))
      await turn()
    }
    return overviews
  }

  #overviewOf(queue: Row, now: Millis): QueueOverview {
    const { number } = queue
    const { hourFrom, running, ratesFrom, ratesTo } = overviewRange(now)
    const recent = this.#prepared
      .statement(selectRecent)
      .get(number, ratesFrom, ratesTo) as unknown as RecentSums
    const hour = this.#prepared.statement(selectHour).all(number, hourFrom, running) as unknown as HourStep[]
    const oldest = this.#prepared.statement(selectOldest).get(number, now)!
    const moments = [oldest['forefront_at'], oldest['end_at']].flatMap((at) =>
      at == null ? [] : Math.abs(Number(at)),
    )
    const oldestAvailableAt = moments.length === 0 ? null : Math.min(...moments)
    return overviewOf({ queue, lockedCount: this.#locked(queue, now), recent, hour, oldestAvailableAt }, now)
  }

  #locked({ number, total_count, handled_count }: Row, now: Millis): number {
    if (total_count === handled_count) return 0
    const { second } = overviewRange(now)
    return Number(this.#prepared.statement(selectLocked).get(number, second)!['locked'])
  }
}
