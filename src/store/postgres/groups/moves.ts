import { keyOf, type OrderKey } from '../../../domain/policy/rank.ts'
import type { RequestState } from '../../../domain/request.ts'

/**
 * What a transaction has changed in the order of the requests of groups. A request is told by its sequence number:
 * no two requests have the same.
 */
export class Moves {
  /** Those that are not where the table has them. */
  readonly #gone = new Set<number>()
  /** Where they are now, by group. */
  readonly #came = new Map<string, Map<number, OrderKey>>()

  note(before: RequestState | null, after: RequestState | null): void {
    if (before !== null && before.place !== null) {
      this.#gone.add(before.place.sequence)
      if (before.group !== null) this.#came.get(before.group)?.delete(before.place.sequence)
    }
    if (after === null || after.place === null || after.group === null) return
    const came = this.#came.get(after.group) ?? new Map<number, OrderKey>()
    came.set(after.place.sequence, keyOf(after.place, after.priority))
    this.#came.set(after.group, came)
  }

  /** Whether the table shows a request at this place that is not there any more. */
  isGone({ sequence }: OrderKey): boolean {
    return this.#gone.has(sequence)
  }

  /** The keys of the changed requests that are in the group now, in no order. */
  cameTo(group: string): OrderKey[] {
    return [...(this.#came.get(group)?.values() ?? [])]
  }
}
