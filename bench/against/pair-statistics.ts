import type { Measured } from '../figures.ts'

/** The same workload on both builds, one right after the other. */
export interface Pair {
  readonly before: Measured
  readonly after: Measured
}

/** The ratios of after to before, pair by pair. */
export function ratiosOf(pairs: readonly Pair[], figure: (measured: Measured) => number): number[] {
  return pairs.map(({ before, after }) => figure(after) / figure(before))
}

/** What the ratios say, when each of them does. */
export function verdictOf(ratios: readonly number[]): 'faster' | 'slower' | 'no difference seen' {
  if (ratios.every((ratio) => ratio > 1)) return 'faster'
  if (ratios.every((ratio) => ratio < 1)) return 'slower'
  return 'no difference seen'
}
