import type { Millis } from '../src/domain/time.ts'
import { pageOf } from './site.ts'

/** Somebody asked the site for a page. */
export interface Visit {
  readonly crawler: number
  readonly at: Millis
}

/**
 * Who asked the site for which page, and who told that it is handled. Filled by the site and by the crawlers'
 * messages alone: what the server says of itself is compared with it at the end.
 */
export class Ledger {
  readonly #visits = new Map<number, Visit[]>()
  readonly #finishes = new Map<number, number[]>()
  readonly #saidTwice = new Set<number>()
  readonly #foreign: string[] = []
  readonly #gaveUp: string[] = []

  /** A crawler asked the site for a page. */
  visited(page: number, crawler: number, at: Millis): void {
    append(this.#visits, page, { crawler, at })
  }

  /** A crawler's word that the server acknowledged a page as handled, and whether it said it was so before. */
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

  /** How many pages are finished, each counted once. */
  get finishedPages(): number {
    return this.#finishes.size
  }

  /** How many pages this crawler finished. */
  countOf(crawler: number): number {
    return [...this.#finishes.values()].filter((crawlers) => crawlers.includes(crawler)).length
  }

  /** Who asked for this page, in order. */
  visitsOf(page: number): readonly Visit[] {
    return this.#visits.get(page) ?? []
  }

  /** Who finished this page, in order: one crawler, if all is well. */
  finishersOf(page: number): readonly number[] {
    return this.#finishes.get(page) ?? []
  }

  /** Whether the server said, when somebody finished this page, that it had been handled before. */
  wasSaidTwice(page: number): boolean {
    return this.#saidTwice.has(page)
  }

  /** What went wrong on the way, one sentence each. */
  get complaints(): string[] {
    return [
      ...this.#foreign.map((url) => `${url} was crawled, and it is no page of the site`),
      ...this.#gaveUp,
    ]
  }
}

function append<Entry>(map: Map<number, Entry[]>, page: number, entry: Entry): void {
  const entries = map.get(page)
  if (entries === undefined) map.set(page, [entry])
  else entries.push(entry)
}
