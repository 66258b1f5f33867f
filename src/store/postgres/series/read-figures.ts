import type { QueueUser } from '../../../domain/caller.ts'
import type { GetFigures, QueueFigures } from '../../params/figures.ts'
import { usable } from '../../queue-access.ts'
import { type FigureRow, figureNames } from '../../series/figure-columns.ts'
import { queueFigures, type RowsRead, rangeOf, type SeriesRange } from '../../series/series.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

/** Each server saves its figures once a second. */
export const lagSecs = 2

const selectQueue = statement(`
  SELECT queue_id, owner_id, total_count, handled_count, shown_at, clock_lead, ${wallOf('$2')} AS wall
  FROM queues WHERE queue_id = $1`)
const selectRows = statement(`
  SELECT at, ${figureNames.join(', ')} FROM queue_figures
  WHERE queue_id = $1 AND step_secs = $2 AND at BETWEEN $3 AND $4`)
const selectEnds = statement(`
  SELECT coalesce(sum(ran_out) FILTER (WHERE at > $3::bigint), 0)::bigint AS later,
    coalesce(sum(ran_out) FILTER (WHERE at <= $3::bigint), 0)::bigint AS "inStep"
  FROM queue_figures WHERE queue_id = $1 AND step_secs = 1 AND at >= $2::bigint`)

interface QueueRow {
  readonly queue_id: string
  readonly owner_id: string
  readonly total_count: number
  readonly handled_count: number
  readonly shown_at: number
  readonly clock_lead: number
  readonly wall: number
}

/** Reads the figures of a queue, as all servers have saved them. */
export async function readFigures(
  database: Database,
  clock: PostgresClock,
  queueId: string,
  params: GetFigures & QueueUser,
): Promise<QueueFigures> {
  const askedAt = clock.asked()
  const [found] = await withRetries(() => database.query<QueueRow>(selectQueue, [queueId, clock.wallValue]))
  const row = usable(params, found, 'inspect')
  const readAt = clock.read(Number(row.wall), askedAt, {
    queueId,
    shownAt: row.shown_at,
    leadMs: row.clock_lead,
  })
  const range = rangeOf(params, readAt, lagSecs)
  const counts = { queueId, totalCount: row.total_count, handledCount: row.handled_count }
  const values = [queueId, params.stepSecs, range.from, range.running]
  const rows = await withRetries(() => database.query<FigureRow>(selectRows, values))
  const ends = await readLockEnds(database, queueId, range)
  return queueFigures({ ...counts, rows, ...ends }, params, range)
}

export async function readLockEnds(
  database: Database,
  queueId: string,
  { running, second }: SeriesRange,
): Promise<Omit<RowsRead, 'rows'>> {
  const [ends] = await withRetries(() =>
    database.query<{ later: number; inStep: number }>(selectEnds, [queueId, running, second]),
  )
  return { lockedCount: ends!.later, ranOutInStep: ends!.inStep }
}
