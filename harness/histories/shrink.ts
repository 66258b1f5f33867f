/**
 * Shrinks an impossible history to the shortest one that shows why it is impossible. It leaves out only calls
 * that certainly explain nothing: if a history with such a call is possible, so is the history without it.
 */

import { changesNothing, check, type Impossible, Undecided } from './checker.ts'
import type { Answer, Call, HistoryQueue, RecordedCall } from './history.ts'
import { keyOfItem } from './history.ts'

export interface ShortHistory {
  /** The possible queues before the calls. */
  readonly begin: readonly HistoryQueue[]
  readonly calls: readonly RecordedCall[]
  /** For the reader: the last calls before `begin` that concern the same requests. */
  readonly before: readonly RecordedCall[]
  /** The requests that the failure concerns. Null: all of them. */
  readonly keys: readonly string[] | null
  readonly impossible: Impossible
}

const beforeMax = 6

/**
 * Null when the history is possible.
 *
 * @throws Undecided
 */
export function shortestFailure(history: readonly RecordedCall[], begin: HistoryQueue): ShortHistory | null {
  const whole = failureOf({ begin: [begin], before: [], calls: history })
  if (whole === null) return null
  const few = begin.requestsAreIndependent ? aboutFewKeys(whole) : null
  const keys = few === null ? null : [...few.keys]
  // Leaving out reads can create moments at which no call is open.
  const short = cut(withoutReads(cut(few?.failure ?? whole), keys !== null))
  return { ...short, keys }
}

type HistoryPart = Pick<ShortHistory, 'begin' | 'before' | 'calls'>
type Failure = Omit<ShortHistory, 'keys'>

/** The history up to the end of the first call that cannot be explained. Null when all can be. */
function failureOf({ begin, before, calls }: HistoryPart): Failure | null {
  const impossible = check(calls, begin)
  if (impossible === null) return null
  const open = calls.filter(({ startedAt }) => startedAt < impossible.wrong.endedAt)
  return { begin, before, calls: open.sort((a, b) => a.startedAt - b.startedAt), impossible }
}

/**
 * One or two requests that show the failure, one of them in the wrong call. Null when only the whole queue
 * shows it, as with counts.
 */
function aboutFewKeys(whole: Failure): { keys: ReadonlySet<string>; failure: Failure } | null {
  const all = new Set(whole.calls.flatMap(({ call, answer }) => keysOf(call, answer)))
  const { wrong, couldAnswer } = whole.impossible
  const suspects = new Set([wrong.answer, ...couldAnswer].flatMap((answer) => keysOf(wrong.call, answer)))
  const pairs = [...suspects].flatMap((one) => [...all].map((other) => [one, other]))
  for (const few of [...[...all].map((key) => [key]), ...pairs]) {
    const keys = new Set(few)
    const failure = ifDecided({ ...whole, calls: aboutKeys(whole.calls, keys) })
    if (failure !== null) return { keys, failure }
  }
  return null
}

/**
 * The history from the latest moment without an open call. Of the calls before it, only the possible queues
 * at that moment matter.
 */
function cut(failure: Failure): Failure {
  const { before, calls, impossible } = failure
  const at = Math.max(0, ...impossible.quiet.keys())
  if (at === 0) return failure
  const earlier = calls.filter(({ startedAt }) => startedAt < at)
  const later = calls.filter(({ startedAt }) => startedAt >= at)
  const begin = impossible.quiet.get(at)!
  return { begin, before: [...before, ...earlier].slice(-beforeMax), calls: later, impossible }
}

/**
 * Leaves out reads and failed calls. They do not affect other calls. Other calls that change nothing are kept
 * unless the failure concerns few requests: they still count as an access of their client, which other
 * answers report (`hadMultipleClients`).
 */
function withoutReads(failure: Failure, aboutFew: boolean): Failure {
  let shortest = failure
  for (const recorded of [...failure.calls].reverse()) {
    const { call, answer } = recorded
    const isLook = call.do === 'getRequest' || call.do === 'getQueue' || 'refused' in answer
    if (!isLook && !(aboutFew && changesNothing(recorded))) continue
    const calls = shortest.calls.filter((each) => each !== recorded)
    shortest = ifDecided({ ...shortest, calls }) ?? shortest
  }
  return shortest
}

/** Null also when the search is undecided: such a history would say less than the whole one. */
function ifDecided(part: HistoryPart): Failure | null {
  try {
    return failureOf(part)
  } catch (error) {
    if (error instanceof Undecided) return null
    throw error
  }
}

/**
 * The history of some requests, as if there were no others. Calls that do not concern them are left out, and
 * so are the parts of answers that depend on other requests.
 */
function aboutKeys(history: readonly RecordedCall[], keys: ReadonlySet<string>): RecordedCall[] {
  return history.flatMap((recorded) => {
    const about = aboutKeysOf(recorded, keys)
    return about === null ? [] : [{ ...recorded, ...about }]
  })
}

function aboutKeysOf(
  { call, answer }: RecordedCall,
  keys: ReadonlySet<string>,
): { call: Call; answer: Answer } | null {
  switch (call.do) {
    case 'addRequests': {
      const kept = [...call.requests.keys()].filter((index) => keys.has(call.requests[index]!.key))
      if (kept.length === 0) return null
      const added = answer['added'] as readonly string[]
      const requests = kept.map((index) => call.requests[index]!)
      return { call: { ...call, requests }, answer: { added: kept.map((index) => added[index]!) } }
    }
    case 'deleteRequests':
    case 'returnLocks': {
      const kept = call.keys.filter((key) => keys.has(key))
      return kept.length === 0 ? null : { call: { ...call, keys: kept }, answer }
    }
    case 'listHead':
    case 'lockHead': {
      const all = answer['items'] as readonly string[]
      const items = all.filter((item) => keys.has(keyOfItem(item)))
      // A head shorter than its limit had all requests. Otherwise it had the first ones, so the first of
      // these are in it too.
      const isAll = all.length < call.limit
      if (items.length === 0 && !isAll) return null
      // If nothing is locked, none of these is. If something is locked, it may be another request.
      const nothingIsLocked = call.do === 'lockHead' && answer['hasLocked'] === false
      const ends =
        call.do === 'lockHead' && items.length > 0 ? { lockExpiresAt: answer['lockExpiresAt']! } : {}
      return {
        call: { ...call, limit: isAll ? call.limit : items.length },
        answer: { items, ...ends, ...(nothingIsLocked ? { hasLocked: false } : {}) },
      }
    }
    case 'getQueue':
      return null
    case 'putPolicy':
    case 'deletePolicy':
    case 'setCooldown':
    case 'endCooldown':
      return { call, answer }
    case 'act': {
      const kept = call.keys === null ? null : call.keys.filter((key) => keys.has(key))
      // How many requests it concerned depends on the others.
      return kept?.length === 0 ? null : { call: { ...call, keys: kept }, answer: {} }
    }
    case 'unlockRequests':
      return { call, answer: answer['unlockedCount'] === 0 ? answer : {} }
    case 'updateRequest':
      return keys.has(call.request.key) ? { call, answer } : null
    default:
      return keys.has(call.key) ? { call, answer } : null
  }
}

function keysOf(call: Call, answer: Answer): string[] {
  if (call.do === 'addRequests') return call.requests.map(({ key }) => key)
  if (call.do === 'updateRequest') return [call.request.key]
  if (call.do === 'deleteRequests' || call.do === 'returnLocks') return [...call.keys]
  if (call.do === 'act') return [...(call.keys ?? [])]
  if ('key' in call) return [call.key]
  return ((answer['items'] as readonly string[] | undefined) ?? []).map(keyOfItem)
}
