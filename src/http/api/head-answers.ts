import type { HeadItem } from '../../domain/request.ts'
import type { QueueParams } from '../../store/params/queues.ts'
import { headItemBytesMax } from '../../store/request-page.ts'
import type { Store } from '../../store/store.ts'
import type { CallContext } from '../call-context.ts'
import type { Admission } from '../overload/admission.ts'

/** Bounds the bytes of items that are read in one store call. */
const stepBytesMax = 1_000_000

/** Completes heads in which the store has left out the texts of long items. */
export class HeadAnswers {
  readonly #store: Store
  readonly #admission: Admission

  constructor(store: Store, admission: Admission) {
    this.#store = store
    this.#admission = admission
  }

  /**
   * Reads the texts of the items, in order, as long as there is room in memory, and of at least one. Items that were deleted
   * meanwhile are left out.
   *
   * @throws HeadlockError `storeUnavailable` when there is no room for the first long item
   */
  async complete(
    params: QueueParams,
    items: readonly HeadItem[],
    call: CallContext,
  ): Promise<readonly HeadItem[]> {
    // Nearly every head has no long items.
    if (items.every(isComplete)) return items
    const measured = await this.#withShortTexts(params, items)
    const long = measured.filter((item) => !isComplete(item))
    if (long.length === 0) return measured
    const sizes = long.map(({ longBytes }) => longBytes!)
    const count = this.#admission.holdParts(call, sizes)
    const texts = await this.#read(params, long.slice(0, count))
    const end = count < long.length ? measured.indexOf(long[count]!) : measured.length
    return measured.slice(0, end).flatMap((item) => (isComplete(item) ? [item] : (texts.get(item.id) ?? [])))
  }

  /** Most have little that a head shows, and much else. Of the others the length of that is known then. */
  async #withShortTexts(params: QueueParams, items: readonly HeadItem[]): Promise<HeadItem[]> {
    const requestIds = items.filter((item) => !isComplete(item)).map(({ id }) => id)
    const found = await this.#store.getHeadItems({ ...params, requestIds, bytesMax: headItemBytesMax })
    const byId = new Map(found.map((item) => [item.id, item]))
    return items.flatMap((item) => (isComplete(item) ? [item] : (byId.get(item.id) ?? [])))
  }

  /** Some at a time: together they may be as large as a page. */
  async #read(params: QueueParams, long: readonly HeadItem[]): Promise<Map<string, HeadItem>> {
    const found = new Map<string, HeadItem>()
    for (let from = 0; from < long.length; ) {
      let to = from
      for (let bytes = 0; to < long.length && (to === from || bytes < stepBytesMax); to++) {
        bytes += long[to]!.longBytes!
      }
      const requestIds = long.slice(from, to).map(({ id }) => id)
      for (const item of await this.#store.getHeadItems({ ...params, requestIds })) found.set(item.id, item)
      from = to
    }
    return found
  }
}

function isComplete({ longBytes }: HeadItem): boolean {
  return longBytes === undefined
}
