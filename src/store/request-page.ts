import type { HeadItem, RequestView } from '../domain/request.ts'
import type { RequestRow } from './columns/requests.ts'
import type { RequestPage } from './params/requests.ts'
import { areMembers } from './stored-fields.ts'

/**
 * Bounds the length of a page. Without it, a page of large requests could exceed the 512 MB that a text in
 * JavaScript can have.
 */
export const pageLengthMax = 64 * 1024 * 1024
/**
 * A head shows the unique key and the URL of a request if they have at most so many bytes together. 25 of
 * them are then less than 64 KB.
 */
export const headItemBytesMax = 2560
/**
 * SQL for the texts of a head item, for both databases. If they have more bytes than the parameter, it reads
 * only their length, which databases know without reading the texts.
 */
export function shortTextColumns(bytesMax: string): string {
  const length = 'octet_length(unique_key) + octet_length(url)'
  // Nearly every request is short as a whole, and that is the cheapest check.
  const isShort = `bytes <= ${bytesMax} OR ${length} <= ${bytesMax}`
  const shortOnly = (name: string) => `CASE WHEN ${isShort} THEN ${name} ELSE '' END AS ${name}`
  const longBytes = `CASE WHEN NOT (${isShort}) THEN ${length} END AS long_bytes`
  return `${shortOnly('unique_key')}, ${shortOnly('url')}, ${longBytes}`
}

/** A row with the columns of `shortTextColumns`. */
export interface HeadItemRow
  extends Pick<RequestRow, 'id' | 'method' | 'retry_count' | 'unique_key' | 'url'> {
  /** Set if the texts are longer. They are empty then. */
  long_bytes: number | null
}

export function headItemOf(row: HeadItemRow): HeadItem {
  const { id, unique_key: uniqueKey, url, method, retry_count: retryCount, long_bytes: longBytes } = row
  const item = { id, uniqueKey, url, method, retryCount }
  return longBytes === null ? item : { ...item, longBytes }
}

/**
 * A request with at most so many bytes in all is short, whatever they are: JSON turns one byte into at most
 * six.
 */
export const shortRequestBytesMax = 10_000
/** How many of the damaged requests that are left out are named. */
const damagedIdsMax = 100

/** A page of a list that is gathered in steps. */
export class GrowingPage<View extends RequestView = RequestView> {
  readonly #limit: number
  readonly #lengthMax: number
  readonly #items: View[] = []
  readonly #damagedIds: string[] = []
  #length = 0

  /**
   * @param limit the most requests
   * @param lengthMax bounds the length of all requests together; the first one may be longer
   */
  constructor(limit: number, lengthMax: number = pageLengthMax) {
    this.#limit = limit
    this.#lengthMax = lengthMax
  }

  /**
   * How many requests are still missing. One more than the page holds is read, to know whether there are
   * more.
   */
  get missing(): number {
    return this.#limit + 1 - this.#items.length
  }

  /** Whether one more request was found than the page has room for. */
  get isFull(): boolean {
    return this.missing <= 0 || (this.#items.length > 1 && this.#length > this.#lengthMax)
  }

  /** Adds the next request, unless the page is full or the request is damaged. */
  add(view: View): void {
    if (this.isFull) return
    if (!areMembers(view.otherFields)) {
      if (this.#damagedIds.length < damagedIdsMax) this.#damagedIds.push(view.id)
      return
    }
    this.#length += view.uniqueKey.length + view.url.length + view.otherFields.length
    this.#items.push(view)
  }

  /** The page, without the extra request. */
  finished(): RequestPage<View> {
    const hasMore = this.isFull
    const damaged = this.#damagedIds.length === 0 ? {} : { damagedIds: this.#damagedIds }
    return { items: hasMore ? this.#items.slice(0, -1) : this.#items, hasMore, ...damaged }
  }
}
