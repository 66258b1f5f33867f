/** How explanations count (14.3). */

/** How many groups, or clients, one step reads. */
export const groupsPerStepMax = 1000

export interface Count {
  readonly count: number
  /** Whether counting ended early, so that there may be more. */
  readonly isCut: boolean
}

/** Compares texts by their characters, as both stores do. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
