/** Lets so many do something at a time; the others wait, in the order in which they came. */
export class Semaphore {
  readonly #max: number
  #count = 0
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Does the work when its turn has come; what it throws comes out here, and the next one begins. */
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
