/** What a server under trace is told, and what it writes. */

/** The environment variable with a `TraceWindow`. Its name does not begin like those of the settings. */
export const traceVariable = 'BENCH_TRACE'

/** What a thread did: a callback of the event loop, the sending of a message, a transaction until its commit, a commit. */
export type RecordedKind = 'turn' | 'send' | 'statements' | 'commit'

export interface TraceWindow {
  /** Each thread adds its number and `.json`. */
  readonly file: string
  /** Since the epoch. */
  readonly beginsAtMs: number
  readonly lengthMs: number
}

export interface Interval {
  readonly kind: RecordedKind
  /** Since the beginning of the window. */
  readonly beginMs: number
  readonly endMs: number
}

/** The threads that make a picture, in its order. */
export interface Recording {
  readonly lengthMs: number
  readonly threads: readonly { readonly name: string; readonly intervals: readonly Interval[] }[]
}

/** Callbacks with a shorter pause between them are one turn of the event loop. Node.js needs that long between them. */
const pauseMsMax = 0.015

/**
 * The callbacks of a thread as turns, so that what remains is time without work.
 *
 * @param intervals of the kind `turn`, in order
 */
export function joined(intervals: readonly Interval[]): Interval[] {
  const turns: Interval[] = []
  for (const interval of intervals) {
    const last = turns.at(-1)
    if (last === undefined || interval.beginMs - last.endMs > pauseMsMax) turns.push(interval)
    else turns[turns.length - 1] = { ...last, endMs: Math.max(last.endMs, interval.endMs) }
  }
  return turns
}

/** The part of the window in which one thread, the other, both and none worked. */
export interface Overlap {
  readonly both: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly none: number
}

/** @param first the turns of a thread in order; so is `second` */
export function overlapOf(
  first: readonly Interval[],
  second: readonly Interval[],
  lengthMs: number,
): Overlap {
  const sumOf = (turns: readonly Interval[]) => turns.reduce((sum, turn) => sum + lengthOf(turn, lengthMs), 0)
  let both = 0
  for (const one of first) {
    for (const other of second) {
      const beginMs = Math.max(one.beginMs, other.beginMs)
      const endMs = Math.min(one.endMs, other.endMs)
      if (beginMs < endMs) both += lengthOf({ beginMs, endMs }, lengthMs)
    }
  }
  const onlyFirst = sumOf(first) - both
  const onlySecond = sumOf(second) - both
  return {
    both: both / lengthMs,
    onlyFirst: onlyFirst / lengthMs,
    onlySecond: onlySecond / lengthMs,
    none: 1 - (both + onlyFirst + onlySecond) / lengthMs,
  }
}

function lengthOf({ beginMs, endMs }: Pick<Interval, 'beginMs' | 'endMs'>, windowMs: number): number {
  return Math.max(0, Math.min(endMs, windowMs) - Math.max(beginMs, 0))
}
