import type { Author } from '../../domain/history/history.ts'
import type { Change } from '../../domain/lifecycle.ts'
import type { RequestState } from '../../domain/request.ts'
import type { WhatHappened } from './hand-out/note-in-groups.ts'
import { historyOf } from './history-of.ts'
import { noteChange } from './note-change.ts'
import type { QueueSession } from './queue-session.ts'

/**
 * Gives a request the state that a rule decided, and notes the change.
 *
 * @param author whom its history names
 */
export function moveRequest(
  session: QueueSession,
  requestId: string,
  before: RequestState,
  change: Change,
  author: Author,
  happened?: WhatHappened,
): void {
  session.move(requestId, change.state, historyOf(session, before, change.state, author))
  noteChange(session, before, change, happened)
}
