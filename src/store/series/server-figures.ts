/**
 * The figures of the whole server (14.8) are rows of the same table, under a queue that does not exist. Each save of queues adds what
 * it saves. When a queue is deleted, its requests stop being pending, and its locks end.
 */
import type { FigureRow, StepSecs } from './figure-columns.ts'
import { noFigures, SecondSums } from './second-sums.ts'

/** Where the rows are, instead of the number or the ID of a queue. */
export const serverNumber = 0
export const serverId = ''

/**
 * A row that is not of a step: its `pending_change` is how many requests are pending, as far as the rows of the steps know. It begins at
 * second 0 and is never too old.
 */
export const totalStep = 0

export interface ServerRow extends FigureRow {
  readonly stepSecs: StepSecs | typeof totalStep
}

export function serverRows(sums: SecondSums): ServerRow[] {
  const { pendingChange } = sums
  const total = { ...noFigures, stepSecs: totalStep, at: 0, pending_change: pendingChange } as const
  return [...(pendingChange === 0 ? [] : [total]), ...sums.rows()]
}

/** What is saved of a queue that was deleted meanwhile. Its deletion comes last, and its locks end with it. */
export function ofDeletedQueue(sums: SecondSums): SecondSums {
  const known = new SecondSums()
  known.addAll(sums)
  known.endAllLocks()
  return known
}
