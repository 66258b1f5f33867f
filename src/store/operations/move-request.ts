import type { Change } from '../../domain/lifecycle.ts'
import type { RequestState } from '../../domain/request.ts'
import type { WhatHappened } from './hand-out/note-in-groups.ts'
import { noteChange } from './note-change.ts'
import type { QueueSession } from './queue-session.ts'

/** Gives a request the state that a rule decided, and notes the change. */
export function moveRequest(
  session: QueueSession,
  requestId: string,
  before: RequestState,
  change: Change,
  happened?: WhatHappened,
): void {
  session.move(requestId, change.state)
  noteChange(session, before, change, happened)
}
