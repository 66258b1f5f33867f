/** Gives out each number once. */
export class Numbers {
  #next: number
  readonly #step: number

  /** @param step the distance between numbers, so that several processes use different ones */
  constructor(first: number, step = 1) {
    this.#next = first
    this.#step = step
  }

  next(): number {
    const number = this.#next
    this.#next += this.#step
    return number
  }

  /** The next number, without taking it. */
  get upcoming(): number {
    return this.#next
  }
}

/** A range of consecutive numbers. */
export interface NumberRange {
  readonly first: number
  readonly count: number
}
