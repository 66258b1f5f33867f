/** Reproducible random choices: print the seed, and `npm test -- --seed N` repeats the run. */
export class Random {
  readonly seed: number
  #state: number

  /** @param seed 0 to 2^32 - 1; by default the value of HEADLOCK_SEED, else a random one */
  constructor(seed = Number(process.env['HEADLOCK_SEED'] ?? Math.floor(Math.random() * 2 ** 32))) {
    this.seed = seed >>> 0
    this.#state = this.seed
  }

  /** A number from 0 to below 1, by mulberry32. It is small, fast, and good enough for tests. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from least to most, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.between(0, values.length - 1)]!
  }
}
