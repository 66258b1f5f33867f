import type { Millis } from '../../../domain/time.ts'
import { queueColumnToRead } from '../../columns/queues.ts'
import type {
  ChangedOverviews,
  ListOverviews,
  OverviewPage,
  OverviewSort,
  QueueOverview,
} from '../../params/overviews.ts'
import { ownedBy } from '../../queue-access.ts'
import {
  type HourStep,
  noName,
  type OverviewQueue,
  overviewOf,
  overviewRange,
  placeOf,
  type RecentSums,
} from '../../series/overview.ts'
import { readQueueRow } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'

const columns = [
  'queue_id AS id, name, owner_name',
  queueColumnToRead('title'),
  'created_at, modified_at, total_count, handled_count',
].join(', ')
/** How many locks end after the second $2. */
const locked = `(SELECT coalesce(sum(ran_out), 0)::bigint FROM queue_figures
  WHERE queue_figures.queue_id = queues.queue_id AND step_secs = 1 AND at > $2::bigint)`

const values: Readonly<Record<OverviewSort, string>> = {
  name: `(CASE WHEN name IS NULL THEN '${noName}' ELSE lower(name) END COLLATE "C")`,
  pending: '(total_count - handled_count)',
  locked,
  handled: 'handled_count',
  modifiedAt: 'modified_at',
}

const lists = new Map<string, Statement>()

/**
 * $1 is the user, $2 the second, $3 the search in lower case and $7 as it is: some databases know no case of letters such as Ü.
 * $4 and $5 are the place, $6 is the limit.
 */
function listStatement({ sort, desc, after }: ListOverviews): Statement {
  const key = `${sort} ${desc} ${after === null}`
  let list = lists.get(key)
  if (list === undefined) {
    const direction = desc ? 'DESC' : 'ASC'
    const type = sort === 'name' ? 'text' : 'bigint'
    const place =
      after === null
        ? '$4::text IS NULL AND $5::text IS NULL'
        : `(value, id) ${desc ? '<' : '>'} ($4::${type}, $5::text)`
    list = statement(`
      SELECT * FROM (
        SELECT ${columns}, ${locked} AS locked, ${values[sort]} AS value FROM queues
        WHERE ${ownedBy('$1')} AND ($3::text IS NULL OR position($3::text IN lower(queue_id)) > 0
          OR position($3::text IN lower(coalesce(name, ''))) > 0
          OR position($3::text IN lower(coalesce(title, ''))) > 0 OR position($7::text IN coalesce(title, '')) > 0)
      ) AS found
      WHERE ${place} ORDER BY value ${direction}, id ${direction} LIMIT $6`)
    lists.set(key, list)
  }
  return list
}

/** Servers that are set up as a cluster ask all nodes. $1 is the user, $2 the second, $3 from when. */
const selectChanged = statement(`
  SELECT ${columns}, ${locked} AS locked FROM queues
  WHERE ${ownedBy('$1')} AND queue_id IN (
    SELECT queue_id FROM queue_figures WHERE step_secs = 1 AND at BETWEEN $3::bigint AND $2::bigint)
  ORDER BY modified_at DESC LIMIT $4`)
const selectRecent = statement(`
  SELECT queue_id, sum(added)::bigint AS added, sum(handled)::bigint AS handled,
    sum(handed_out)::bigint AS handed_out, sum(failed)::bigint AS failed
  FROM queue_figures WHERE queue_id = ANY ($1::text[]) AND step_secs = 1 AND at BETWEEN $2 AND $3 GROUP BY queue_id`)
/** One row for each minute, so that a page of queues is not too long. $2 is the running step of 10 seconds. */
const selectHour = statement(`
  SELECT queue_id, $2::bigint - 60 * (($2::bigint - at) / 60) AS at, sum(handled)::bigint AS handled,
    sum(pending_change)::bigint AS pending_change
  FROM queue_figures WHERE queue_id = ANY ($1::text[]) AND step_secs = 10 AND at BETWEEN $3::bigint AND $2::bigint
  GROUP BY queue_id, ($2::bigint - at) / 60`)
/** Since when the first request of each side has been available. The normal side begins at the low-water mark. */
const selectOldest = statement(`
  SELECT queue_id,
    (SELECT max(available_at) FROM requests WHERE requests.queue_id = queues.queue_id
      AND available_at >= -$2::bigint AND available_at < 0) AS forefront_at,
    (SELECT min(available_at) FROM requests WHERE requests.queue_id = queues.queue_id
      AND available_at >= queues.head_from_at AND available_at <= $2::bigint AND available_at >= 0) AS end_at
  FROM queues WHERE queue_id = ANY ($1::text[])`)

interface Row extends OverviewQueue {
  readonly locked: number
}

interface OldestRow {
  readonly queue_id: string
  readonly forefront_at: number | null
  readonly end_at: number | null
}

/** Reads what lists for people show of queues. */
export class Overviews {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async list(params: ListOverviews, now: Millis): Promise<OverviewPage> {
    const { userId, search, limit, after, sort } = params
    const { second } = overviewRange(now)
    const found = search === null ? [null, null] : [toText(search.toLowerCase()), toText(search)]
    const place = [after === null ? null : after.value, after === null ? null : toText(after.id)]
    const rows = await this.#query<Row>(listStatement(params), [
      userId,
      second,
      found[0],
      ...place,
      limit + 1,
      found[1],
    ])
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      items: await this.#overviewsOf(page, now),
      next: rows.length > page.length && last !== undefined ? placeOf(last, last.locked, sort) : null,
    }
  }

  /** The queues in which something has happened lately, the latest first. */
  async changed({ userId, limit }: ChangedOverviews, now: Millis): Promise<readonly QueueOverview[]> {
    const { changedFrom, second } = overviewRange(now)
    const rows = await this.#query<Row>(selectChanged, [userId, second, changedFrom, limit])
    return this.#overviewsOf(rows, now)
  }

  async #overviewsOf(rows: readonly Row[], now: Millis): Promise<QueueOverview[]> {
    if (rows.length === 0) return []
    const { hourFrom, running, ratesFrom, ratesTo } = overviewRange(now)
    const ids = textArray(rows.map(({ id }) => id))
    const recents = await this.#query<RecentSums & { queue_id: string }>(selectRecent, [
      ids,
      ratesFrom,
      ratesTo,
    ])
    const hours = await this.#query<HourStep & { queue_id: string }>(selectHour, [ids, running, hourFrom])
    const oldest = await this.#query<OldestRow>(selectOldest, [ids, now])
    const recentOf = new Map(recents.map((row) => [row.queue_id, row]))
    const hourOf = Map.groupBy(hours, ({ queue_id }) => queue_id)
    const oldestOf = new Map(oldest.map((row) => [row.queue_id, row]))
    return rows.map((row) => {
      const { forefront_at = null, end_at = null } = oldestOf.get(row.id) ?? {}
      const moments = [forefront_at, end_at].flatMap((at) => (at === null ? [] : Math.abs(at)))
      const reading = {
        queue: readQueueRow(row),
        lockedCount: row.locked,
        recent: recentOf.get(row.id) ?? { added: 0, handled: 0, handed_out: 0, failed: 0 },
        hour: hourOf.get(row.id) ?? [],
        oldestAvailableAt: moments.length === 0 ? null : Math.min(...moments),
      }
      return overviewOf(reading, now)
    })
  }

  #query<Row extends object>(what: Statement, values: unknown[]): Promise<Row[]> {
    return withRetries(() => this.#database.query<Row & Record<string, unknown>>(what, values))
  }
}
