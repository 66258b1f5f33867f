import type { Millis } from '../src/domain/time.ts'
import { pageOf } from './site.ts'

/** A crawler requested a page of the site. */
export interface Visit {
  readonly crawler: number
  readonly at: Millis
}

/**
 * Records which crawler requested which page, and which crawler reported a page as handled. Only the site and
 * the messages of the crawlers fill it. At the end it is compared with what the server says.
 */
export class Ledger {
  readonly #visits = new Map<number, Visit[]>()
  readonly #finishes = new Map<number, number[]>()
  readonly #saidTwice = new Set<number>()
  readonly #foreign: string[] = []
  readonly #gaveUp: string[] = []

  /** A crawler requested a page of the site. */
  visited(page: number, crawler: number, at: Millis): void {
    append(this.#visits, page, { crawler, at })
  }

  /**
   * A crawler reported that the server acknowledged a page as handled, and whether the server said that it
   * was handled before.
   */
  finished(url: string, crawler: number, wasAlreadyHandled: boolean): void {
    const page = pageOf(url)
    if (page === null) {
      this.#foreign.push(url)
      return
    }
    append(this.#finishes, page, crawler)
    if (wasAlreadyHandled) this.#saidTwice.add(page)
  }

  /** A crawler marked a page as handled without having crawled it. */
  gaveUp(url: string, crawler: number, reason: string): void {
    this.#gaveUp.push(`crawler ${crawler} gave up on ${url}: ${reason}`)
  }

  /** How many pages are finished. Each counts once. */
  get finishedPages(): number {
    return this.#finishes.size
  }

  /** How many pages this crawler finished. */
  countOf(crawler: number): number {
    return [...this.#finishes.values()].filter((crawlers) => crawlers.includes(crawler)).length
  }

  /** The crawlers that requested this page, in order. */
  visitsOf(page: number): readonly Visit[] {
    return this.#visits.get(page) ?? []
  }

  /** The crawlers that finished this page, in order. There should be exactly one. */
  finishersOf(page: number): readonly number[] {
    return this.#finishes.get(page) ?? []
  }

  /** Whether the server answered that this page had been handled before. */
  wasSaidTwice(page: number): boolean {
    return this.#saidTwice.has(page)
  }

  /** What went wrong so far, one sentence each. */
  get complaints(): string[] {
    return [
      ...this.#foreign.map((url) => `${url} was crawled, but it is not a page of the site`),
      ...this.#gaveUp,
    ]
  }
}

function append<Entry>(map: Map<number, Entry[]>, page: number, entry: Entry): void {
  const entries = map.get(page)
  if (entries === undefined) map.set(page, [entry])
  else entries.push(entry)
}
