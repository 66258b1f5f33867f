import type { GroupState } from '../../../domain/policy/group.ts'
import { compareKeys, type OrderKey } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'

/** The groups of a transaction that are open, in order, and those to look at. */
export class GroupLine {
  readonly #now: Millis
  readonly #toLookAt = new Map<string, GroupState>()
  /** Those that have a `first`, in the order of that. */
  readonly #open: GroupState[] = []

  constructor(now: Millis) {
    this.#now = now
  }

  /** @param before as it was put here last; null if it was not */
  replace(before: GroupState | null, after: GroupState): void {
    if (before !== null && before.first !== null) {
      const index = this.#indexOf(before.first)
      if (this.#open[index] === before) this.#open.splice(index, 1)
    }
    if (after.first !== null) this.#open.splice(this.#indexOf(after.first), 0, after)
    if (after.lookAt !== null && after.lookAt <= this.#now) this.#toLookAt.set(after.name, after)
    else this.#toLookAt.delete(after.name)
  }

  /** Earliest first. */
  toLookAt(countMax: number): GroupState[] {
    if (this.#toLookAt.size === 0) return []
    return [...this.#toLookAt.values()].sort((a, b) => a.lookAt! - b.lookAt!).slice(0, countMax)
  }

  /** @param last no group behind this key; null: any */
  open(countMax: number, last: OrderKey | null): GroupState[] {
    const groups = this.#open.slice(0, countMax)
    if (last === null) return groups
    return groups.filter(({ first }) => compareKeys(first!, last) <= 0)
  }

  /** The index of the first group that does not come before this key. */
  #indexOf(key: OrderKey): number {
    let low = 0
    let high = this.#open.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareKeys(this.#open[middle]!.first!, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
