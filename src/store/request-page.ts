import type { HeadItem, RequestView } from '../domain/request.ts'
import type { RequestRow } from './columns/requests.ts'
import type { RequestPage } from './params/requests.ts'
import { areMembers } from './stored-fields.ts'

/** A page of requests as large as a body may be has fewer of them: JavaScript has no text of 512 MB. */
export const pageLengthMax = 64 * 1024 * 1024
/**
 * A head has the unique key and the URL of a request where they are not longer than this together, in bytes: then 25 of them are
 * less than 64 KB.
 */
export const headItemBytesMax = 2560
/**
 * The texts of an item of a head as the SQL of both databases has them, where they are not longer than this parameter says; else
 * their length, which is known without reading them.
 */
export function shortTextColumns(bytesMax: string): string {
  const length = 'octet_length(unique_key) + octet_length(url)'
  // Nearly every request is short as a whole, which costs the least to see.
  const isShort = `bytes <= ${bytesMax} OR ${length} <= ${bytesMax}`
  const shortOnly = (name: string) => `CASE WHEN ${isShort} THEN ${name} ELSE '' END AS ${name}`
  const longBytes = `CASE WHEN NOT (${isShort}) THEN ${length} END AS long_bytes`
  return `${shortOnly('unique_key')}, ${shortOnly('url')}, ${longBytes}`
}

/** A row of these columns, with what is short of a request. */
export interface HeadItemRow
  extends Pick<RequestRow, 'id' | 'method' | 'retry_count' | 'unique_key' | 'url'> {
  /** Where the texts are longer, and empty. */
  long_bytes: number | null
}

export function headItemOf(row: HeadItemRow): HeadItem {
  const { id, unique_key: uniqueKey, url, method, retry_count: retryCount, long_bytes: longBytes } = row
  const item = { id, uniqueKey, url, method, retryCount }
  return longBytes === null ? item : { ...item, longBytes }
}

/** A request of so many bytes in all is short, whatever they are: JSON makes six of one at the most. */
export const shortRequestBytesMax = 10_000
/** So many requests that are left out are named. */
const damagedIdsMax = 100

/** A page of a list that is being gathered, in steps. */
export class GrowingPage {
  readonly #limit: number
  readonly #lengthMax: number
  readonly #items: RequestView[] = []
  readonly #damagedIds: string[] = []
  #length = 0

  /**
   * @param limit so many requests at the most
   * @param lengthMax so long may all of them be together, or the first one alone
   */
  constructor(limit: number, lengthMax: number = pageLengthMax) {
    this.#limit = limit
    this.#lengthMax = lengthMax
  }

  /** How many requests are still missing, with the one that tells that there are more. */
  get missing(): number {
    return this.#limit + 1 - this.#items.length
  }

  /** Whether one more was found than the page has room for. */
  get isFull(): boolean {
    return this.missing <= 0 || (this.#items.length > 1 && this.#length > this.#lengthMax)
  }

  /** The next one. Nothing more is taken when the page is full, and nothing that is damaged. */
  add(view: RequestView): void {
    if (this.isFull) return
    if (!areMembers(view.otherFields)) {
      if (this.#damagedIds.length < damagedIdsMax) this.#damagedIds.push(view.id)
      return
    }
    this.#length += view.uniqueKey.length + view.url.length + view.otherFields.length
    this.#items.push(view)
  }

  /** What was gathered, without the one too many. */
  finished(): RequestPage {
    const hasMore = this.isFull
    const damaged = this.#damagedIds.length === 0 ? {} : { damagedIds: this.#damagedIds }
    return { items: hasMore ? this.#items.slice(0, -1) : this.#items, hasMore, ...damaged }
  }
}
