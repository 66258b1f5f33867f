import type { Client } from '../../../domain/lifecycle.ts'
import type { QueueAsk } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'

/** What a client read of a queue without a transaction (7.3, 7.4). */
export interface NoteReads extends QueueAsk {
  readonly readCount: number
  readonly client: Client
}

/** Counts what was read, and the client as one that touched the queue. */
export const noteReads: QueueOperation<NoteReads, void> = {
  needs: () => ({}),

  perform({ queue, now }, { readCount, client }) {
    queue.readCount += readCount
    queue.touchedBy(client, now)
    return undefined
  },
}
