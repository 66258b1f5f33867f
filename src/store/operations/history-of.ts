import { type Author, entriesOf } from '../../domain/history/history.ts'
import type { RequestState } from '../../domain/request.ts'
import type { QueueSession } from './queue-session.ts'

/** What the history of a request gets for a change. Undefined if its queue keeps no histories (14.7). */
export function historyOf(
  { queue, now }: QueueSession,
  before: RequestState | null,
  after: RequestState,
  author: Author,
): string | undefined {
  return queue.historySince === null ? undefined : entriesOf(before, after, author, now)
}
