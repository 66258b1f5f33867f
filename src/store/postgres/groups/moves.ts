import { keyOf, type OrderKey } from '../../../domain/policy/rank.ts'
import type { RequestState } from '../../../domain/request.ts'

/**
 * What a transaction has changed in the order of the requests of groups. A request is told by its sequence number:
 * no two requests have the same.
 */
export class Moves {
  /** Those that are not where the table has them. */
  readonly #gone = new Set<number>()
  /** The requests as they are now, by group: of most groups only one, and of others by sequence number. */
  readonly #came = new Map<string, RequestState | Map<number, RequestState>>()

  note(before: RequestState | null, after: RequestState | null): void {
    if (before !== null && before.place !== null) {
      this.#gone.add(before.place.sequence)
      if (before.group !== null) this.#leave(before.group, before.place.sequence)
    }
    if (after === null || after.place === null || after.group === null) return
    const came = this.#came.get(after.group)
    if (came === undefined) this.#came.set(after.group, after)
    else if (came instanceof Map) came.set(after.place.sequence, after)
    else this.#came.set(after.group, new Map([came, after].map((state) => [state.place!.sequence, state])))
  }

  /** Whether the table shows a request at this place that is not there any more. */
  isGone({ sequence }: OrderKey): boolean {
    return this.#gone.has(sequence)
  }

  /** The keys of the changed requests that are in the group now, in no order. */
  cameTo(group: string): OrderKey[] {
    const came = this.#came.get(group)
    if (came === undefined) return []
    const states = came instanceof Map ? [...came.values()] : [came]
    return states.map(({ place, priority }) => keyOf(place!, priority))
  }

  #leave(group: string, sequence: number): void {
    const came = this.#came.get(group)
    if (came instanceof Map) came.delete(sequence)
    else if (came?.place?.sequence === sequence) this.#came.delete(group)
  }
}
