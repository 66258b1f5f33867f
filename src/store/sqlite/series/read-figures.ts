import type { Millis } from '../../../domain/time.ts'
import type { GetFigures, QueueFigures } from '../../params/figures.ts'
import { type FigureRow, figureNames } from '../../series/figure-columns.ts'
import { rangeOf, seriesOf } from '../../series/series.ts'
import type { Prepared } from '../reads/prepared.ts'

/** A reader sees all figures of a second when it is over, because they are saved before each look. */
const lagSecs = 1

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
  const { second, running, from } = range
  const queue = prepared.statement(selectCounts).get(queueNumber)
  const rows = prepared.statement(selectRows).all(queueNumber, params.stepSecs, from, running)
  const reading = {
    queueId: queue!['id'] as string,
    readAt,
    totalCount: queue!['total_count'] as number,
    handledCount: queue!['handled_count'] as number,
    rows: rows as unknown as FigureRow[],
    lockedCount: locksEndingIn(prepared, queueNumber, second + 1, Number.MAX_SAFE_INTEGER),
    ranOutInStep: locksEndingIn(prepared, queueNumber, running, second),
  }
  return seriesOf(reading, params, range)
}
