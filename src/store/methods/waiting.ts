import type { Millis } from '../../domain/time.ts'
import type { QueueParams } from '../params/queues.ts'
import type { EndWatch, WatchQueue } from '../params/waiting.ts'

/** Waiting for requests (13.14). */
export interface WaitingMethods {
  /**
   * How long until a head/lock may find something if nobody changes the queue: 0 if it may now, null if it never
   * would. Not a touch, not an access, not counted.
   */
  whenAvailable(params: QueueParams): Promise<Millis | null>
  /**
   * Tells when requests of the queue may have become available, or will by time alone, until the watch is ended.
   * Changes by other servers are told too. When this resolves, each change that is not yet visible to
   * `whenAvailable` will be told. It may also tell of changes that made nothing available.
   */
  watchQueue(params: WatchQueue): Promise<EndWatch>
}
