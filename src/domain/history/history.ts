/**
 * What a request went through (rule 14.7). Each row keeps its events as text, to which every change only appends: no
 * change has to read what was kept before. A lock that runs out needs no entry. It follows from the end of the lock.
 */
import { liveLock, type RequestState } from '../request.ts'
import type { Millis } from '../time.ts'

/** How many events of a request are shown. */
export const shownEventsMax = 16
/**
 * How long the text of a row may be. That is enough for one event more than are shown, however long their client
 * keys are: the first one may be the end of a lock whose beginning is not shown.
 */
export const historyLengthMax = 4096

export type HistoryEventName =
  | 'added'
  | 'locked'
  | 'prolonged'
  | 'givenBack'
  | 'ranOut'
  | 'handled'
  | 'reopened'

export interface HistoryEvent {
  readonly at: Millis
  readonly event: HistoryEventName
  /** The client that did it, or whose lock ran out. Null: the server did, by the policy or for the owner of the queue. */
  readonly clientKey: string | null
  /**
   * The end of the lock; or the moment before which the request is not handed out again, if it was added or given
   * back for later. Null: none.
   */
  readonly until: Millis | null
  /** Why, where the name of the event does not say it. */
  readonly cause?: HistoryCause
}

/**
 * - `undelivered`: the answer that handed it out did not reach its client (4.6).
 * - `lockExpiries`: too many of its locks in a row ran out (13.12).
 * - `revisit`: the policy visits its host again (13.9).
 */
export type HistoryCause = 'undelivered' | 'lockExpiries' | 'revisit'

/** What is kept of a request. */
export interface RequestHistory {
  /** Whether the policy of the queue keeps histories. Nothing is shown if it does not. */
  readonly isKept: boolean
  /** The last ones, oldest first. */
  readonly events: readonly HistoryEvent[]
  /** How often it was handed out since its history began, older events included. */
  readonly handedOutTimes: number
}

/** Who changes a request, and why. */
export interface Author {
  /** Null: the server, by the policy or for the owner of the queue. */
  readonly clientKey: string | null
  readonly cause?: HistoryCause
}

const codes: Readonly<Record<string, Pick<HistoryEvent, 'event' | 'cause'>>> = {
  a: { event: 'added' },
  l: { event: 'locked' },
  p: { event: 'prolonged' },
  g: { event: 'givenBack' },
  u: { event: 'givenBack', cause: 'undelivered' },
  h: { event: 'handled' },
  x: { event: 'handled', cause: 'lockExpiries' },
  r: { event: 'reopened' },
  v: { event: 'reopened', cause: 'revisit' },
}

/** The entry of a hand-out. It is the same for all requests of a head/lock. */
export function lockedEntry(clientKey: string, at: Millis, until: Millis): string {
  return entry('l', at, until, clientKey)
}

/** The entries of a change by a rule. Empty if nothing happened that a history has. */
export function entriesOf(
  before: RequestState | null,
  after: RequestState,
  { clientKey, cause }: Author,
  now: Millis,
): string {
  const later = after.scheduledAt !== null && after.scheduledAt > now ? after.scheduledAt : null
  const isHandled = after.handledAt !== null
  if (before === null) {
    const added = entry('a', now, later, clientKey)
    return isHandled ? added + entry('h', now, null, clientKey) : added
  }
  if (before.handledAt !== null) {
    return isHandled ? '' : entry(cause === 'revisit' ? 'v' : 'r', now, later, clientKey)
  }
  if (isHandled) return entry(cause === 'lockExpiries' ? 'x' : 'h', now, null, clientKey)
  const live = liveLock(after, now)
  // Only the data have changed, or the side, while a client works on it. A prolonged lock is a new one.
  if (live !== null) {
    return after.lock === before.lock ? '' : entry('p', now, live.expiresAt, clientKey, live.clientKey)
  }
  if (after.place === before.place) return ''
  return entry(cause === 'undelivered' ? 'u' : 'g', now, later, clientKey)
}

/**
 * The last events in a text of entries, oldest first. It may begin in the middle of an entry, which is left out.
 *
 * @param now tells whether the last lock has run out
 */
export function eventsIn(text: string | null, now: Millis): HistoryEvent[] {
  const events: HistoryEvent[] = []
  let lock: HistoryEvent | null = null
  const runOut = (by: Millis) => {
    if (lock === null || by < lock.until!) return
    events.push({ at: lock.until!, event: 'ranOut', clientKey: lock.clientKey, until: null })
  }
  for (const { event, holder } of parsed(text ?? '')) {
    runOut(event.at)
    events.push(event)
    const isLocked = event.event === 'locked' || event.event === 'prolonged'
    lock = isLocked ? { ...event, clientKey: holder } : null
  }
  runOut(now)
  return events.slice(-shownEventsMax)
}

/** An entry is a list in JSON, with a comma after it. Inside a text of JSON there is a backslash before each quote. */
const beginsEntry = '["'

/** @param holder whose lock it is, if a client of its run prolongs it */
function entry(
  code: string,
  at: Millis,
  until: Millis | null,
  clientKey: string | null,
  holder = clientKey,
): string {
  const end = holder === clientKey ? '' : `,${JSON.stringify(holder)}`
  return `["${code}",${at},${until},${JSON.stringify(clientKey)}${end}],`
}

function parsed(text: string): { readonly event: HistoryEvent; readonly holder: string | null }[] {
  const begin = text.indexOf(beginsEntry)
  if (begin < 0) return []
  let entries: unknown
  try {
    entries = JSON.parse(`[${text.slice(begin, text.lastIndexOf(','))}]`)
  } catch {
    // It was damaged. No rule depends on it, so nothing else is shown in its place.
    return []
  }
  return (entries as StoredEntry[]).flatMap(([code, at, until, clientKey, holder = clientKey]) => {
    const named = codes[code]
    return named === undefined ? [] : [{ event: { at, ...named, clientKey, until }, holder }]
  })
}

type StoredEntry = [
  code: string,
  at: Millis,
  until: Millis | null,
  clientKey: string | null,
  holder?: string | null,
]
