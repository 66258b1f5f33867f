import type { RequestView } from '../domain/request.ts'
import type { RequestPage } from './store.ts'
import { areMembers } from './stored-fields.ts'

/** A page or a head of requests as large as a body may be has fewer of them: JavaScript has no text of 512 MB. */
export const pageLengthMax = 64 * 1024 * 1024
/** Rows are taken from the database so many at a time, before other calls get their turn, */
const stepRowsMax = 500
/** fewer where they are large, */
const stepLengthMax = 8 * 1024 * 1024
/** and few at first, when nobody knows. */
const firstStepRows = 20
/** So many requests that are left out are named. */
const damagedIdsMax = 100

/** A page of a list that is being gathered, in steps. */
export class GrowingPage {
  readonly #limit: number
  readonly #items: RequestView[] = []
  readonly #damagedIds: string[] = []
  #length = 0
  #rowsSeen = 0
  #lengthSeen = 0

  /** @param limit so many requests at the most */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many rows the next step may look at. */
  get stepRows(): number {
    if (this.#rowsSeen === 0) return firstStepRows
    const averageLength = Math.max(1, this.#lengthSeen / this.#rowsSeen)
    return Math.max(1, Math.min(stepRowsMax, Math.floor(stepLengthMax / averageLength)))
  }

  /** How many requests are still missing, with the one that tells that there are more. */
  get missing(): number {
    return this.#limit + 1 - this.#items.length
  }

  /** Whether one more was found than the page has room for. */
  get isFull(): boolean {
    return this.missing <= 0 || (this.#items.length > 1 && this.#length > pageLengthMax)
  }

  /**
   * The next row that was looked at. Nothing more is taken when the page is full, and nothing that is damaged.
   *
   * @param belongs whether it is wanted
   */
  add(view: RequestView, belongs: boolean): void {
    const length = view.uniqueKey.length + view.url.length + view.otherFields.length
    this.#rowsSeen++
    this.#lengthSeen += length
    if (!belongs || this.isFull) return
    if (!areMembers(view.otherFields)) {
      if (this.#damagedIds.length < damagedIdsMax) this.#damagedIds.push(view.id)
      return
    }
    this.#length += length
    this.#items.push(view)
  }

  /** What was gathered, without the one too many. */
  finished(): RequestPage {
    const hasMore = this.isFull
    const damaged = this.#damagedIds.length === 0 ? {} : { damagedIds: this.#damagedIds }
    return { items: hasMore ? this.#items.slice(0, -1) : this.#items, hasMore, ...damaged }
  }
}
