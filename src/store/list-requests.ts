/** A list of requests in the order of their IDs, so that what changes meanwhile moves nothing (8.2). The same for every store. */
import type { Millis } from '../domain/time.ts'
import type { ListRequests, RequestPage } from './params/requests.ts'
import { GrowingPage } from './request-page.ts'
import { isInState, type ViewRow, viewOfRow } from './request-views.ts'

/** So many rows are read in one step, */
const rowsPerStepMax = 500
/** and so much of them by `storedBytes`, or one. */
export const listedBytesPerStepMax = 8_000_000
/** So many rows are looked at in one step, whatever is in them, where those of some states are looked for. */
export const scannedPerStepMax = 2000
/** Up to so many locked (or pending) requests are found through the order instead of by a look at every ID. */
export const collectedMax = 10_000

export type States = readonly ('locked' | 'pending')[]

/** What a store reads of one queue; each is one step, and none keeps others waiting for long. */
export interface RequestRows {
  /** The time of the queue. Refuses `queueNotFound`. */
  now(): Promise<Millis> | Millis
  /** The next rows behind an ID: `limit` at the most, fewer where they are large. */
  walk(afterId: string, limit: number): Promise<Walked> | Walked
  /** These rows, as far as they are there: of the first IDs, where they are large; `left` are the others. */
  pick(ids: readonly string[]): Promise<Picked> | Picked
  /** All IDs that are in these states, in any order; null when they are more than `collectedMax`. */
  collect(states: States, now: Millis): Promise<string[] | null> | string[] | null
  /** Of the next IDs behind one, `scannedPerStepMax` at the most, those that are in these states. */
  scan(afterId: string, states: States, now: Millis): Promise<Scanned> | Scanned
}

export interface Walked {
  readonly found: ViewRow[]
  /** Whether there are no more. */
  readonly atEnd: boolean
}

export interface Picked {
  readonly found: ViewRow[]
  readonly left: readonly string[]
}

export interface Scanned {
  /** Ascending. */
  readonly ids: readonly string[]
  /** The last one that was looked at; null: nothing is behind it. */
  readonly lastId: string | null
}

/**
 * One page, gathered in steps; between two of them others get their turn.
 *
 * @returns with when it was read last
 */
export async function listRequests(
  rows: RequestRows,
  params: ListRequests,
): Promise<RequestPage & { readAt: Millis }> {
  const page = new GrowingPage(params.limit, params.lengthMax)
  const readAt = await (params.filter === null
    ? fill(page, rows, params)
    : fillWith(page, rows, params, params.filter))
  return { ...page.finished(), readAt }
}

async function fill(page: GrowingPage, rows: RequestRows, { afterId }: ListRequests): Promise<Millis> {
  let after = afterId ?? ''
  for (;;) {
    const now = await rows.now()
    const { found, atEnd } = await rows.walk(after, Math.min(rowsPerStepMax, page.missing))
    for (const row of found) page.add(viewOfRow(row, now))
    if (atEnd || page.isFull) return now
    after = found.at(-1)!.id
  }
}

async function fillWith(
  page: GrowingPage,
  rows: RequestRows,
  { afterId }: ListRequests,
  states: States,
): Promise<Millis> {
  let now = await rows.now()
  // What is in a state all the time is in it now; where that changes, the row says so when it is read.
  const candidates = new Candidates(rows, states, now, afterId ?? '')
  for (;;) {
    const ids = await candidates.next(Math.min(rowsPerStepMax, page.missing))
    if (ids.length === 0) return now
    const { found, left } = await rows.pick(ids)
    candidates.putBack(left)
    now = await rows.now()
    for (const row of found) if (isInState(row, states, now)) page.add(viewOfRow(row, now))
    if (page.isFull) return now
  }
}

/** The IDs of requests that are in some states, ascending. A few among millions must not cost a look at all of them. */
class Candidates {
  readonly #rows: RequestRows
  readonly #states: States
  readonly #now: Millis
  #ids: readonly string[] = []
  /** Where the next look begins; null when all are in `#ids`. */
  #afterId: string | null
  #hasCollected = false

  constructor(rows: RequestRows, states: States, now: Millis, afterId: string) {
    this.#rows = rows
    this.#states = states
    this.#now = now
    this.#afterId = afterId
  }

  /** The next ones, `most` of them at the most; none when there are no more. */
  async next(most: number): Promise<readonly string[]> {
    if (!this.#hasCollected) await this.#collect()
    while (this.#ids.length === 0 && this.#afterId !== null) {
      const { ids, lastId } = await this.#rows.scan(this.#afterId, this.#states, this.#now)
      this.#ids = ids
      this.#afterId = lastId
    }
    const next = this.#ids.slice(0, most)
    this.#ids = this.#ids.slice(next.length)
    return next
  }

  putBack(ids: readonly string[]): void {
    if (ids.length > 0) this.#ids = [...ids, ...this.#ids]
  }

  async #collect(): Promise<void> {
    this.#hasCollected = true
    const collected = await this.#rows.collect(this.#states, this.#now)
    if (collected === null) return
    const afterId = this.#afterId!
    this.#ids = collected.filter((id) => id > afterId).sort()
    this.#afterId = null
  }
}
