import type { Client } from '../../domain/lifecycle.ts'

/** For calls that take a client key. A call that succeeds counts for `hadMultipleClients` (7.3). */
export interface ClientParams {
  readonly client: Client
}

/** For reads that clients make, and that we make ourselves. */
export interface ReadParams {
  /**
   * The client that reads. Null is a read of our own: it is not a touch by a client, not an access to the queue,
   * and not counted in the statistics (7.2 to 7.4).
   */
  readonly client: Client | null
}
