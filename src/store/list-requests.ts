/**
 * Lists requests in the order of their IDs, so that changes during a walk move nothing (8.2). The same for
 * both stores.
 */
import type { Millis } from '../domain/time.ts'
import { Candidates, type Scanned } from './candidates.ts'
import type { ListRequests, RequestPage } from './params/requests.ts'
import { GrowingPage } from './request-page.ts'
import { isInState, type ViewRow, viewOfRow } from './request-views.ts'

/** How many rows one step reads. */
const rowsPerStepMax = 500
/** How many `storedBytes` one step reads. A single row may have more. */
export const listedBytesPerStepMax = 8_000_000
/**
 * How many rows one step scans when it looks for requests in some states. The contents of the rows do not
 * matter.
 */
export const scannedPerStepMax = 2000
/**
 * Up to so many locked (or pending) requests are found through the order. If there are more, every ID is
 * scanned.
 */
export const collectedMax = 10_000

export type States = readonly ('locked' | 'pending')[]

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface RequestRows {
  /** The time of the queue. Refuses `queueNotFound`. */
  now(): Promise<Millis> | Millis
  /** The next rows after an ID: at most `limit`, and fewer if they are large. */
  walk(afterId: string, limit: number): Promise<Walked> | Walked
  /**
   * The rows with these IDs that exist. If they are large, only those of the first IDs. `left` has the other
   * IDs.
   */
  pick(ids: readonly string[]): Promise<Picked> | Picked
  /** The IDs of all requests in these states, in any order. Null if there are more than `collectedMax`. */
  collect(states: States, now: Millis): Promise<string[] | null> | string[] | null
  /** Scans the next `scannedPerStepMax` IDs after an ID, and returns those in these states. */
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

/**
 * Gathers one page in steps. Other calls run between two steps.
 *
 * @returns the page, and when its last rows were read
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
  // A request that stays in a state is in it now, so it is among the candidates. If its state changes, the
  // row shows that when it is read.
  const candidates = new Candidates(
    { collect: () => rows.collect(states, now), scan: (after) => rows.scan(after, states, now) },
    afterId ?? '',
  )
  for (;;) {
    const ids = await candidates.next(Math.min(rowsPerStepMax, page.missing))
    if (ids.length === 0) {
      if (candidates.isAtEnd) return now
      continue
    }
    const { found, left } = await rows.pick(ids)
    candidates.putBack(left)
    now = await rows.now()
    for (const row of found) if (isInState(row, states, now)) page.add(viewOfRow(row, now))
    if (page.isFull) return now
  }
}
