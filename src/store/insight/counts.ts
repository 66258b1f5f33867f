/** How explanations count (14.3). */
import type { HeldBack } from '../params/insight.ts'

/** How many groups, or clients, one step reads at most. */
export const groupsPerStepMax = 1000

export interface Count {
  readonly count: number
  /** Whether counting ended early, so that there may be more. */
  readonly isCut: boolean
}

/** The requests that are due. */
export interface DueCounts {
  readonly available: Count
  readonly heldBack: Count
  /** The hosts that hold requests back, those that hold most first. Not all, if there are very many. */
  readonly held: readonly HeldBack[]
}

/** Compares texts by their characters, as both stores do. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
