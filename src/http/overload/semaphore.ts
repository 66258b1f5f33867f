/** Runs at most `max` pieces of work at a time. The others wait in the order in which they came. */
export class Semaphore {
  readonly #max: number
  #count = 0
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Runs the work when there is room. Throws what the work throws, and then the next one begins all the same. */
  async run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    if (this.#count >= this.#max) await new Promise<void>((turn) => this.#waiting.push(turn))
    else this.#count++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#count--
      else next()
    }
  }
}
