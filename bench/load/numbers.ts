/** Numbers that are given out once each. */
export class Numbers {
  #next: number
  readonly #step: number

  /** @param step so many processes give out numbers beside each other, each every so manieth */
  constructor(first: number, step = 1) {
    this.#next = first
    this.#step = step
  }

  next(): number {
    const number = this.#next
    this.#next += this.#step
    return number
  }

  /** The number that comes next, which stays the next one. */
  get upcoming(): number {
    return this.#next
  }
}

/** So many numbers in a row. */
export interface NumberRange {
  readonly first: number
  readonly count: number
}
