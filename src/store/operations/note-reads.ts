import type { Client } from '../../domain/lifecycle.ts'
import type { Millis } from '../../domain/time.ts'
import type { QueueParams } from '../params/queues.ts'
import type { QueueOperation } from './operation.ts'

/** What was read outside a transaction, and by whom (7.3, 7.4). */
export interface NoteReads extends QueueParams {
  readonly readCount: number
  /** When the requests were read, by the store's clock. */
  readonly readAt: Millis
  /** Null if the read does not count as a touch by a client. */
  readonly client: Client | null
}

/** Counts the reads, and records the client as one that touched the queue. */
export const noteReads: QueueOperation<NoteReads, void> = {
  right: 'read',
  reads: () => ({}),

  perform({ queue }, { readCount, readAt, client }) {
    queue.readCount += readCount
    if (client === null) queue.accessed(readAt)
    else queue.recordClient(client, readAt)
    return undefined
  },
}
