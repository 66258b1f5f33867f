import type { Millis } from '../../../domain/time.ts'
import type { FigureSteps, Figures, GetFigures, QueueFigures } from '../../params/figures.ts'
import { type FigureRow, figureNames } from '../../series/figure-columns.ts'
import { queueFigures, type RowsRead, rangeOf, type SeriesRange, seriesOf } from '../../series/series.ts'
import { serverNumber } from '../../series/server-figures.ts'
import type { Prepared } from '../reads/prepared.ts'
import { selectPending } from './count-pending.ts'

/** A reader sees all figures of a second when it is over, because they are saved before each look. */
const lagSecs = 1
/** Figures of many queues are saved once a second. */
const serverLagSecs = 2

const selectCounts = 'SELECT id, total_count, handled_count FROM queues WHERE number = ?'
const selectRows = `
  SELECT at, ${figureNames.join(', ')} FROM queue_figures
  WHERE queue_number = ? AND step_secs = ? AND at BETWEEN ? AND ?`
const selectEnds = `
  SELECT coalesce(sum(ran_out), 0) AS ends FROM queue_figures
  WHERE queue_number = ? AND step_secs = 1 AND at BETWEEN ? AND ?`

/** How many locks of a queue end in these seconds. */
export function locksEndingIn(prepared: Prepared, queueNumber: number, from: number, to: number): number {
  return Number(prepared.statement(selectEnds).get(queueNumber, from, to)!['ends'])
}

/** Reads the figures of a queue. Needs a transaction, so that all is of one moment. */
export function readFigures(
  prepared: Prepared,
  queueNumber: number,
  readAt: Millis,
  params: GetFigures,
): QueueFigures {
  const range = rangeOf(params, readAt, lagSecs)
  const queue = prepared.statement(selectCounts).get(queueNumber)!
  const counts = {
    queueId: queue['id'] as string,
    totalCount: queue['total_count'] as number,
    handledCount: queue['handled_count'] as number,
  }
  return queueFigures({ ...counts, ...readRows(prepared, queueNumber, range, params) }, params, range)
}

/** Reads the figures of all queues together, as they are saved. Needs a transaction too. */
export function readServerFigures(prepared: Prepared, readAt: Millis, params: FigureSteps): Figures {
  const range = rangeOf(params, readAt, serverLagSecs)
  const pendingCount = Number(prepared.statement(selectPending).get()?.['pending'] ?? 0)
  return seriesOf({ pendingCount, ...readRows(prepared, serverNumber, range, params) }, params, range)
}

function readRows(
  prepared: Prepared,
  queueNumber: number,
  { from, running, second }: SeriesRange,
  { stepSecs }: FigureSteps,
): RowsRead {
  const rows = prepared.statement(selectRows).all(queueNumber, stepSecs, from, running)
  return {
    rows: rows as unknown as FigureRow[],
    lockedCount: locksEndingIn(prepared, queueNumber, second + 1, Number.MAX_SAFE_INTEGER),
    ranOutInStep: locksEndingIn(prepared, queueNumber, running, second),
  }
}
