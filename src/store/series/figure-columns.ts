/** The columns of the table `queue_figures`, which has what was done in each queue over time (14.8). */

/**
 * What a row counts. Every column is a sum, so rows of several servers and rows of shorter steps can be added up.
 *
 * - `ran_out`: locks whose end is in the step, unless an event ended them before. In a step that has not come, it says how
 *   many live locks will end there. So nothing has to run when a lock runs out.
 * - `pending_change`: by how much the number of unhandled requests grew.
 * - `locked_change`: how many locks began, minus how many were ended by an event. Those that ran out are not subtracted.
 */
export const figureNames = [
  'added',
  'handed_out',
  'handled',
  'given_back',
  'ran_out',
  'failed',
  'pending_change',
  'locked_change',
] as const

export type FigureName = (typeof figureNames)[number]

/** Figures of one step. */
export type Figures = { readonly [Name in FigureName]: number }

/** A row, with the second in which its step begins. */
export interface FigureRow extends Figures {
  readonly at: number
}

/** The lengths of steps, and for how long their rows are kept, in seconds. A little longer than calls show them. */
export const figureSteps = [
  { stepSecs: 1, keptSecs: 310 },
  { stepSecs: 10, keptSecs: 3_620 },
  { stepSecs: 300, keptSecs: 605_400 },
] as const

export type StepSecs = (typeof figureSteps)[number]['stepSecs']

/** The second of a moment. */
export function secondOf(at: number): number {
  return Math.floor(at / 1000)
}

/** The second in which the step of a second begins. */
export function stepStart(second: number, stepSecs: number): number {
  return second - (((second % stepSecs) + stepSecs) % stepSecs)
}
