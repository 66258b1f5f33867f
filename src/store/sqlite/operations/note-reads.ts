import { type Client, isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueAsk } from '../../store.ts'
import type { Session } from '../session.ts'

/** What was read of a queue on another connection, and by whom; a null client is no touch (7.3, 7.4). */
export interface NoteReads extends QueueAsk {
  readonly readCount: number
  /** When it was read, by the store's clock. */
  readonly readAt: Millis
  readonly client: Client | null
}

/** Counts what the reading connection gave out. */
export function noteReads(session: Session, ask: NoteReads): Refusal | undefined {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  queue.readCount += ask.readCount
  if (ask.client === null) queue.accessed(ask.readAt)
  else queue.touchedBy(ask.client, ask.readAt)
  return undefined
}
