/** The parts of a histogram that say how its values are spread. */
interface Spread {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

/**
 * The value below which this share of all values is, as Prometheus estimates it: evenly spread between two bounds. For values
 * above the last bound, it is that bound. Null if there are no values.
 *
 * @param share from 0 to 1
 */
export function quantileOf({ bounds, counts }: Spread, share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = share * total
  let below = 0
  for (const [index, bound] of bounds.entries()) {
    const count = counts[index]!
    if (count > 0 && below + count >= rank) {
      const start = index === 0 ? 0 : bounds[index - 1]!
      return start + (bound - start) * ((rank - below) / count)
    }
    below += count
  }
  return bounds.at(-1)!
}
