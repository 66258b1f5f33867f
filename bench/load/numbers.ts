/** Numbers in a row, each given once. */
export class Numbers {
  #next: number

  constructor(first: number) {
    this.#next = first
  }

  next(): number {
    return this.#next++
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
