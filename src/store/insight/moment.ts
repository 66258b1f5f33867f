import type { Millis } from '../../domain/time.ts'
import type { QueueState } from '../queue-state.ts'

/** A queue, and the time of a look at it. */
export interface Moment {
  readonly queue: QueueState
  readonly now: Millis
}
