/** The waits of calls, kept so that a million of them are no work for the garbage collector of the thread that calls. */

export interface Wait {
  readonly call: string
  readonly beginMs: number
  readonly endMs: number
}

/** Of shorter ones, only the length is kept. */
const keptMsMin = 10

export class Waits {
  readonly #lengths = new Map<string, { ms: Float64Array; count: number }>()
  readonly #long: Wait[] = []

  add(call: string, beginMs: number, endMs: number): void {
    let lengths = this.#lengths.get(call)
    if (lengths === undefined) {
      lengths = { ms: new Float64Array(1024), count: 0 }
      this.#lengths.set(call, lengths)
    }
    if (lengths.count === lengths.ms.length) {
      const longer = new Float64Array(2 * lengths.count)
      longer.set(lengths.ms)
      lengths.ms = longer
    }
    lengths.ms[lengths.count++] = endMs - beginMs
    if (endMs - beginMs >= keptMsMin) this.#long.push({ call, beginMs, endMs })
  }

  /** The lengths for each kind of call in milliseconds, ascending. */
  lengths(): (readonly [call: string, ms: Float64Array])[] {
    return [...this.#lengths].map(([call, { ms, count }]) => [call, ms.slice(0, count).sort()] as const)
  }

  /** The longest ones. Of calls that waited at the same time, only one. */
  longest(countMax: number): Wait[] {
    const longest: Wait[] = []
    for (const wait of this.#long.toSorted((a, b) => lengthOf(b) - lengthOf(a))) {
      if (longest.length === countMax) break
      if (longest.some(({ beginMs, endMs }) => wait.beginMs < endMs && beginMs < wait.endMs)) continue
      longest.push(wait)
    }
    return longest
  }
}

export function lengthOf({ beginMs, endMs }: Pick<Wait, 'beginMs' | 'endMs'>): number {
  return endMs - beginMs
}
