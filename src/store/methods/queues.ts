import type { QueueView } from '../../domain/queue.ts'
import type {
  GetOrCreateQueue,
  InspectedQueue,
  ListQueues,
  QueuePage,
  QueueParams,
  UpdateQueue,
} from '../params/queues.ts'

/** Queues: section 7 of the rules. */
export interface QueueMethods {
  /** Takes several steps when there are very many queues. */
  listQueues(params: ListQueues): Promise<QueuePage>
  /** Gets the queue with that name, or creates it. Without a name it always creates one (7.5). Refuses `queueNameInvalid`. */
  getOrCreateQueue(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }>
  /** Counts as an access to the queue (7.2). */
  getQueue(params: QueueParams): Promise<QueueView>
  /** Reads a queue for people who watch it. That is not an access, so an unnamed queue still expires (7.7). */
  inspectQueue(params: QueueParams): Promise<InspectedQueue>
  /** The ID of the queue at that address, or null. Not an access to the queue (7.2). */
  findQueueId(params: QueueParams): Promise<string | null>
  /** Fields that are left out stay as they are. Refuses `queueNameInvalid` and `queueNameNotUnique`. */
  updateQueue(params: UpdateQueue): Promise<QueueView>
  /** Hides the queue from every later call, however large it is. Its rows are deleted afterwards, in small steps (7.9). */
  deleteQueue(params: QueueParams): Promise<void>
}
