import type { Change, Removal } from '../../domain/lifecycle.ts'
import type { RequestState } from '../../domain/request.ts'
import { noteInGroups, type WhatHappened } from './hand-out/note-in-groups.ts'
import type { QueueSession } from './queue-session.ts'

const nothingSpecial: WhatHappened = { lockGone: 'ended', pace: null }

/**
 * Notes the change of a request in its queue: in the counts, and in the groups if there are any. Every
 * operation that changes a request calls this, after it has written the request.
 *
 * @param before null if the request is new
 */
export function noteChange(
  session: QueueSession,
  before: RequestState | null,
  change: Change | Removal,
  happened: WhatHappened = nothingSpecial,
): void {
  const { queue } = session
  const { state } = change
  queue.count(change, session.now)
  // Most changes are of requests without a lock.
  if (before?.lock != null || state?.lock != null) queue.tally.lockChanged(before, state, session.now)
  if (change.counts.handled > 0 && state !== null && state.failure !== null) queue.tally.failed++
  if (queue.grouping !== null) noteInGroups(session, before, state, happened)
}
