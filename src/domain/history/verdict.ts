import { type Millis, toIso } from '../time.ts'
import type { HistoryEvent, RequestHistory } from './history.ts'

/** How many single reasons a verdict names. Of more it gives the numbers. */
const namedReasonsMax = 3

/**
 * What happened to a request, in one sentence: how often it was handed out, why more than once, and what is the case
 * now (14.7).
 */
export function verdictOf({ isKept, events, handedOutTimes }: RequestHistory): string {
  if (!isKept) {
    return 'The queue keeps no histories: a policy with "history": true makes it keep what happens from then on.'
  }
  if (events.length === 0) return 'Nothing has happened to it since the queue began to keep histories.'
  const last = events.at(-1)!
  if (handedOutTimes === 0) return `It was never handed out, and ${whatIsNow(last)}.`
  const times = handedOutTimes === 1 ? 'once' : handedOutTimes === 2 ? 'twice' : `${handedOutTimes} times`
  const reasons = handedOutTimes === 1 ? [] : reasonsIn(events)
  const why = reasons.length === 0 ? '' : `, because ${reasonsText(reasons)}`
  return `It was handed out ${times}${why}, and ${whatIsNow(last)}.`
}

/** The events that made it available again before it was handed out again. */
function reasonsIn(events: readonly HistoryEvent[]): HistoryEvent[] {
  const reasons: HistoryEvent[] = []
  let since: HistoryEvent | null = null
  for (const event of events) {
    if (event.event === 'locked') {
      if (since !== null) reasons.push(since)
      since = null
    } else if (event.event === 'ranOut' || event.event === 'givenBack' || event.event === 'reopened') {
      // A late client may give back what has run out: the lock that ran out is the reason.
      if (since?.event !== 'ranOut' || event.event === 'reopened') since = event
    } else if (event.event === 'prolonged') since = null
  }
  return reasons
}

function reasonsText(reasons: readonly HistoryEvent[]): string {
  if (reasons.length <= namedReasonsMax) return joined(reasons.map(reasonText))
  const counts = new Map<string, number>()
  for (const reason of reasons) {
    const kind = kindOf(reason)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return joined([...counts].map(([kind, count]) => `${kind} ${count === 1 ? 'once' : `${count} times`}`))
}

function kindOf({ event, cause }: HistoryEvent): string {
  if (event === 'ranOut') return 'its lock ran out'
  if (event === 'reopened') return 'it became pending again'
  return cause === 'undelivered' ? 'its answer did not reach the client' : 'it was given back'
}

function reasonText({ event, clientKey, at, cause }: HistoryEvent): string {
  const time = toIso(at)
  if (event === 'ranOut') return `the lock of ${nameOf(clientKey)} ran out at ${time}`
  if (event === 'reopened') {
    if (cause === 'revisit') return `the policy made it pending again at ${time}`
    return `${nameOf(clientKey)} made it pending again at ${time}`
  }
  if (cause === 'undelivered') return `an answer did not reach ${nameOf(clientKey)} at ${time}`
  return `${nameOf(clientKey)} gave it back at ${time}`
}

function whatIsNow({ event, clientKey, at, until, cause }: HistoryEvent): string {
  switch (event) {
    case 'locked':
    case 'prolonged':
      return `${nameOf(clientKey)} holds it until ${toIso(until!)}`
    case 'handled':
      if (cause === 'lockExpiries') return `it was given up at ${toIso(at)}, because its locks ran out`
      return `${nameOf(clientKey)} marked it as handled at ${toIso(at)}`
    case 'ranOut':
      return `it waits since the lock of ${nameOf(clientKey)} ran out at ${toIso(at)}`
    case 'added':
      return waits('it was added', at, until)
    case 'reopened':
      return waits('it became pending again', at, until)
    case 'givenBack':
      if (cause === 'undelivered') return waits(`an answer did not reach ${nameOf(clientKey)}`, at, until)
      return waits(`${nameOf(clientKey)} gave it back`, at, until)
  }
}

function waits(since: string, at: Millis, until: Millis | null): string {
  const waiting = `it waits since ${since} at ${toIso(at)}`
  return until === null ? waiting : `${waiting}, not to be handed out before ${toIso(until)}`
}

function nameOf(clientKey: string | null): string {
  return clientKey === null ? 'the owner of the queue' : `client ${clientKey}`
}

function joined(texts: readonly string[]): string {
  if (texts.length <= 1) return texts.join('')
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
}
