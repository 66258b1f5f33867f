/**
 * Sorts very many items a few at a time: each run is sorted when it comes, and `merged` gives the smallest of what is left
 * of all runs. Neither takes longer at once than one run does, however many items there are.
 */
export class SortedRuns<Item> {
  readonly #compare: (a: Item, b: Item) => number
  /** A heap by the next item of each run: no parent's comes after its children's. */
  readonly #heap: Run<Item>[] = []

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  /** @param items are sorted in place; they belong to this from now on */
  add(items: Item[]): void {
    if (items.length === 0) return
    items.sort(this.#compare)
    this.#heap.push({ items, next: 0 })
    this.#up(this.#heap.length - 1)
  }

  /** All of them in order, once. Nothing may be added any more. */
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
