/**
 * Sorts very many items without blocking for long. Each run is sorted when it is added, and `merged` yields
 * the smallest item of all runs. No single call takes longer than the sort of one run.
 */
export class SortedRuns<Item> {
  readonly #compare: (a: Item, b: Item) => number
  /**
   * A heap by the next item of each run. The next item of a parent never comes after those of its children.
   */
  readonly #heap: Run<Item>[] = []

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  /** @param items are sorted in place; the caller must not use them any more */
  add(items: Item[]): void {
    if (items.length === 0) return
    items.sort(this.#compare)
    this.#heap.push({ items, next: 0 })
    this.#up(this.#heap.length - 1)
  }

  /** Yields all items in order, once. Nothing may be added after this. */
  *merged(): Generator<Item> {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      yield first.items[first.next++]!
      if (first.next === first.items.length) {
        const last = this.#heap.pop()!
        if (last === first) continue
        this.#heap[0] = last
      }
      this.#down()
    }
  }

  #up(index: number): void {
    let at = index
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#order(parent, at) <= 0) return
      this.#swap(parent, at)
      at = parent
    }
  }

  #down(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const smaller = right < this.#heap.length && this.#order(right, left) < 0 ? right : left
      if (this.#order(at, smaller) <= 0) return
      this.#swap(at, smaller)
      at = smaller
    }
  }

  #order(one: number, other: number): number {
    return this.#compare(nextOf(this.#heap[one]!), nextOf(this.#heap[other]!))
  }

  #swap(one: number, other: number): void {
    const run = this.#heap[one]!
    this.#heap[one] = this.#heap[other]!
    this.#heap[other] = run
  }
}

interface Run<Item> {
  readonly items: Item[]
  next: number
}

function nextOf<Item>({ items, next }: Run<Item>): Item {
  return items[next]!
}
