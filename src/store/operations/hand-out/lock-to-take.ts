import type { Client } from '../../../domain/lifecycle.ts'
import type { Millis } from '../../../domain/time.ts'

/** The lock that a head/lock gives to each request it takes. */
export interface LockToTake {
  readonly client: Client
  /** When the lock ends. It is after now. */
  readonly expiresAt: Millis
  /** What the history of each request gets. Left out if the queue keeps none (14.7). */
  readonly history?: string
}
