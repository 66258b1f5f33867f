import type { Millis } from '../../domain/time.ts'

/** Upkeep. No answer depends on when it runs. */
export interface UpkeepMethods {
  /**
   * Deletes some of the unnamed queues that nobody has accessed for `retentionMs` (7.7). Returns how many were deleted.
   * 0 means that none is left.
   */
  expireQueues(params: { retentionMs: Millis }): Promise<number>
  /**
   * Makes some of the handled requests pending whose time has come (13.9). It has to be called at least once a second.
   * Returns whether there were any. False means that none is left.
   */
  revisitRequests(): Promise<boolean>
  /**
   * Does the next step of each job, and deletes those that ended long ago. Returns whether a job may have to go on. It has to be
   * called again and again.
   */
  continueJobs(): Promise<boolean>
  /** Checks all data and lists every contradiction. The list is empty when all is well. */
  check(): Promise<string[]>
  /** Resolves when the store can answer. Rejects with `storeUnavailable` when it cannot. */
  ping(): Promise<void>
  /** Finishes the calls in flight, then closes. Later calls reject with `storeUnavailable`. */
  close(): Promise<void>
}
