/** Latencies in an array that is allocated before the first one, so that adding one is a single write. */
export class Latencies {
  #values: Float32Array<ArrayBuffer> = new Float32Array(262_144)
  #count = 0

  add(latencyMs: number): void {
    // Doubles the array. That happens only a few times in a long load.
    if (this.#count === this.#values.length) {
      const larger = new Float32Array(2 * this.#count)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = latencyMs
  }

  /** All latencies, in the order in which they were added. */
  get valuesMs(): Float32Array<ArrayBuffer> {
    return this.#values.slice(0, this.#count)
  }
}

export interface LatencySummary {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

/** The summary of all parts, which several processes may have measured. All zeros when there are none. */
export function summaryOf(parts: readonly Float32Array[]): LatencySummary {
  const all = new Float32Array(parts.reduce((count, part) => count + part.length, 0))
  let from = 0
  for (const part of parts) {
    all.set(part, from)
    from += part.length
  }
  all.sort()
  const percentile = (share: number) => all[Math.max(0, Math.ceil(share * all.length) - 1)] ?? 0
  return {
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    p999Ms: percentile(0.999),
    maxMs: all.at(-1) ?? 0,
  }
}
