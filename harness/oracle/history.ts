/** What the oracle keeps of what requests go through (14.7): a list of events, to which each rule adds its own. */
import type { HistoryCause, HistoryEventName, RequestHistory } from '../../src/domain/history/history.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'

/** Does nothing in a queue whose policy keeps no histories. */
export function note(
  queue: StoredQueue,
  request: StoredRequest,
  event: HistoryEventName,
  at: Millis,
  clientKey: string | null,
  until: Millis | null = null,
  cause?: HistoryCause,
): void {
  if (!queue.policy.keepsHistory) return
  request.events = [
    ...request.events,
    { at, event, clientKey, until, ...(cause === undefined ? {} : { cause }) },
  ]
}

/** The end of a lock whose beginning is in the history. */
export function noteRanOut(queue: StoredQueue, request: StoredRequest, at: Millis): void {
  const last = request.events.at(-1)
  if (last?.event !== 'locked' && last?.event !== 'prolonged') return
  note(queue, request, 'ranOut', at, request.lock!.holder.clientKey)
}

/** Every history ends with a policy that keeps none. */
export function forgetHistories(queue: StoredQueue): void {
  for (const request of queue.requests) request.events = []
}

export function historyView({ policy }: StoredQueue, { events }: StoredRequest): RequestHistory {
  const handedOutTimes = events.filter(({ event }) => event === 'locked').length
  return { isKept: policy.keepsHistory, events: events.slice(-16), handedOutTimes }
}
