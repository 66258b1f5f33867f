import { setImmediate as turn } from 'node:timers/promises'
import type { Millis } from '../../../domain/time.ts'
import { queueColumnToRead } from '../../columns/queues.ts'
import type {
  ChangedOverviews,
  ListOverviews,
  OverviewPage,
  OverviewPlace,
  OverviewSort,
  QueueOverview,
} from '../../params/overviews.ts'
import { ownedBy } from '../../queue-access.ts'
import {
  comparePlaces,
  type HourStep,
  noName,
  type OverviewQueue,
  overviewOf,
  overviewRange,
  type RecentSums,
} from '../../series/overview.ts'
import type { Prepared } from '../reads/prepared.ts'

/** How many queues one statement looks at, between two turns of the event loop. It takes some milliseconds. */
const queuesPerTurn: Readonly<Record<OverviewSort, number>> = {
  name: 4000,
  pending: 4000,
  handled: 4000,
  modifiedAt: 4000,
  // It adds up the locks of each queue.
  locked: 1000,
}

const columns = [
  'queues.number, queues.id, queues.name',
  queueColumnToRead('title'),
  'queues.created_at, queues.modified_at, queues.total_count, queues.handled_count',
].join(', ')
const owner = `(SELECT username FROM users WHERE users.id = queues.owner_id) AS owner_name`
const values: Readonly<Record<OverviewSort, string>> = {
  name: `coalesce(name_folded, '${noName}')`,
  pending: 'total_count - handled_count',
  handled: 'handled_count',
  modifiedAt: 'modified_at',
  locked: `CASE WHEN total_count = handled_count THEN 0 ELSE (
    SELECT coalesce(sum(ran_out), 0) FROM queue_figures
    WHERE queue_number = queues.number AND step_secs = 1 AND at > ?10) END`,
}
const selectEndOfSlice = `
  SELECT created_at, number FROM queues INDEXED BY queues_by_age WHERE ${ownedBy('?')} AND (created_at, number) > (?, ?)
  ORDER BY created_at, number LIMIT 1 OFFSET +?`
/**
 * The first ones of a slice in the order that is asked for. SQLite sorts them, because values of 100,000 queues would take a second in
 * JavaScript. SQLite knows no case of letters such as Ü, so these are found as they are.
 */
function selectFirst({ sort, desc }: Pick<ListOverviews, 'sort' | 'desc'>): string {
  const direction = desc ? 'DESC' : 'ASC'
  return `
    SELECT number, id, ${values[sort]} AS value FROM queues INDEXED BY queues_by_age
    WHERE owner_id = ?1 AND (created_at, number) > (?2, ?3) AND (created_at, number) <= (?4, ?5)
      AND (?6 IS NULL OR instr(lower(id), ?6) > 0 OR instr(lower(name), ?6) > 0
        OR instr(lower(title), ?6) > 0 OR instr(title, ?7) > 0)
      AND (?8 IS NULL OR (value, id) ${desc ? '<' : '>'} (?8, ?9))
    ORDER BY value ${direction}, id ${direction} LIMIT +?11`
}
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
  readonly number: number
  readonly place: OverviewPlace
}

const afterAll: readonly [number, number] = [Number.MAX_SAFE_INTEGER, 0]

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
    const rows = page.flatMap(({ number }) => {
      return (this.#prepared.statement(selectQueue).get(number) as unknown as Row | undefined) ?? []
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
    const searched = search === null ? [null, null] : [search.toLowerCase(), search]
    const place = after === null ? [null, null] : [after.value, after.id]
    const { second } = overviewRange(now)
    const compare = (a: OverviewPlace, b: OverviewPlace) => (desc ? -1 : 1) * comparePlaces(a, b)
    const first = this.#prepared.statement(selectFirst(params))
    let best: Found[] = []
    for (let from: readonly [number, number] = [-1, -1]; ; ) {
      this.#assertOpen()
      const to = this.#endOfSlice(userId, from, queuesPerTurn[sort])
      const rows = first.all(userId, ...from, ...(to ?? afterAll), ...searched, ...place, second, limit + 1)
      const found = rows.map(({ number, value, id }) => {
        return { number: Number(number), place: { value: value as string | number, id: id as string } }
      })
      best = [...best, ...found].sort((a, b) => compare(a.place, b.place)).slice(0, limit + 1)
      if (to === null) return best
      from = to
      await turn()
    }
  }

  /** Null: the rest of the queues are fewer. */
  #endOfSlice(userId: string, from: readonly [number, number], count: number): [number, number] | null {
    const row = this.#prepared.statement(selectEndOfSlice).get(userId, ...from, count - 1)
    return row === undefined ? null : [row['created_at'] as number, row['number'] as number]
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
