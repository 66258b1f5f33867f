import type { Measured } from '../rounds/figures.ts'

/** The same workload on both builds, one right after the other. */
export interface Pair {
  readonly before: Measured
  readonly after: Measured
}

/** The ratios of after to before, one for each pair. */
export function ratiosOf(pairs: readonly Pair[], figure: (measured: Measured) => number): number[] {
  return pairs.map(({ before, after }) => figure(after) / figure(before))
}

/**
 * The pairs that count: the undisturbed ones if they are at least half of all, and otherwise all of them. In
 * that case they say little.
 */
export function countedPairs(pairs: readonly Pair[]): readonly Pair[] {
  const quiet = pairs.filter((pair) => !wasDisturbed(pair))
  return 2 * quiet.length >= pairs.length ? quiet : pairs
}

/** @returns whether either half was disturbed */
export function wasDisturbed({ before, after }: Pair): boolean {
  return Boolean(before.disturbed || after.disturbed)
}

/**
 * The least number of pairs for a verdict. With fewer, chance makes them agree too often: four agree once in
 * eight times.
 */
const pairsMin = 4

/** Whether all pairs that count agree that the rate changed. */
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
