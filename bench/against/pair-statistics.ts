import type { Measured } from '../rounds/figures.ts'

/** The same workload on both builds, one right after the other. */
export interface Pair {
  readonly before: Measured
  readonly after: Measured
}

/** The ratios of after to before, pair by pair. */
export function ratiosOf(pairs: readonly Pair[], figure: (measured: Measured) => number): number[] {
  return pairs.map(({ before, after }) => figure(after) / figure(before))
}

/**
 * The pairs that count: those that nothing disturbed, when they are half of them or more; else all, which tell little.
 */
export function countedPairs(pairs: readonly Pair[]): readonly Pair[] {
  const quiet = pairs.filter((pair) => !wasDisturbed(pair))
  return 2 * quiet.length >= pairs.length ? quiet : pairs
}

/** @returns whether one half or the other was disturbed */
export function wasDisturbed({ before, after }: Pair): boolean {
  return Boolean(before.disturbed || after.disturbed)
}

/** Fewer agree too easily: of four, chance lets all say the same once in eight times. */
const pairsMin = 4

/** What the pairs that count say of rates, when each of them does. */
export function verdictOf(
  pairs: readonly Pair[],
  rate: (measured: Measured) => number,
): 'faster' | 'slower' | 'no difference seen' | 'disturbed' | 'too few pairs' {
  if (pairs.some(wasDisturbed)) return 'disturbed'
  if (pairs.length < pairsMin) return 'too few pairs'
  const ratios = ratiosOf(pairs, rate)
  if (ratios.every((ratio) => ratio > 1)) return 'faster'
  if (ratios.every((ratio) => ratio < 1)) return 'slower'
  return 'no difference seen'
}
