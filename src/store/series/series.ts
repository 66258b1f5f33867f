import type { FigureSteps, Figures, QueueFigures, Series } from '../params/figures.ts'
import { type FigureName, type FigureRow, secondOf, stepStart } from './figure-columns.ts'

/** What a store has read of the rows of a queue, or of the server. */
export interface RowsRead {
  /** The rows from the beginning of the series to the step that is running. Steps without a row are empty. */
  readonly rows: readonly FigureRow[]
  /** How many locks end after the running second. */
  readonly lockedCount: number
  /** How many locks have run out in the running step, or will in the running second. */
  readonly ranOutInStep: number
}

interface FigureReading extends RowsRead {
  readonly pendingCount: number
}

/** The seconds that a series covers. */
export interface SeriesRange {
  /** The first second of the first step. */
  readonly from: number
  /** The first second of the last step that is shown. */
  readonly last: number
  /** The first second of the step that is running. */
  readonly running: number
  readonly second: number
}

/**
 * The range of a series. It ends with the step that is running, if that takes several seconds. A series of seconds ends with
 * the last one that is complete.
 *
 * @param lagSecs how long after a second all of its figures are known
 */
export function rangeOf({ stepSecs, stepCount }: FigureSteps, readAt: number, lagSecs: number): SeriesRange {
  const second = secondOf(readAt)
  const running = stepStart(second, stepSecs)
  const last = stepSecs === 1 ? second - lagSecs : running
  return { from: last - (stepCount - 1) * stepSecs, last, running, second }
}

/**
 * Makes the series from rows. How many requests were pending or locked at the end of a step follows from how many are now,
 * and from what has changed since.
 */
export function seriesOf(
  reading: FigureReading,
  { stepSecs, stepCount }: FigureSteps,
  { from, last, running }: SeriesRange,
): Figures {
  const { pendingCount, rows } = reading
  const byTime = new Map(rows.map((row) => [row.at, row]))
  const zeros = () => new Array<number>(stepCount).fill(0)
  const series = {
    added: zeros(),
    handedOut: zeros(),
    handled: zeros(),
    givenBack: zeros(),
    ranOut: zeros(),
    failed: zeros(),
    pending: zeros(),
    locked: zeros(),
  } satisfies Series
  let pending = pendingCount
  let locked = reading.lockedCount
  for (let at = running; at >= from; at -= stepSecs) {
    const row = byTime.get(at)
    const figure = (name: FigureName) => row?.[name] ?? 0
    const ranOut = at === running ? reading.ranOutInStep : figure('ran_out')
    if (at <= last) {
      const index = (at - from) / stepSecs
      series.added[index] = figure('added')
      series.handedOut[index] = figure('handed_out')
      series.handled[index] = figure('handled')
      series.givenBack[index] = figure('given_back')
      series.ranOut[index] = notNegative(ranOut)
      series.failed[index] = figure('failed')
      series.pending[index] = notNegative(pending)
      series.locked[index] = shownLocked(locked, pending)
    }
    pending -= figure('pending_change')
    locked -= figure('locked_change') - ranOut
  }
  return { from: from * 1000, stepSecs, series }
}

/** What a store has read of one queue. */
interface QueueReading extends RowsRead {
  readonly queueId: string
  readonly totalCount: number
  readonly handledCount: number
}

export function queueFigures(reading: QueueReading, steps: FigureSteps, range: SeriesRange): QueueFigures {
  const { queueId, totalCount, handledCount } = reading
  const pendingCount = totalCount - handledCount
  const lockedCount = shownLocked(reading.lockedCount, pendingCount)
  const now = { totalCount, handledCount, lockedCount }
  return { queueId, ...seriesOf({ ...reading, pendingCount }, steps, range), now }
}

/** A crash can lose the figures of its last second. Then less may be known of a lock than of its end. */
function notNegative(count: number): number {
  return Math.max(0, count)
}

/** How many locks are shown of a queue with so many pending requests. */
export function shownLocked(locked: number, pending: number): number {
  return Math.min(notNegative(locked), notNegative(pending))
}
