export interface VerifyProgress {
  readonly phase: 'repairing' | 'reading the file' | 'checking requests' | 'checking the order'
  /** How many requests. Both numbers are 0 if the progress is unknown. */
  readonly done: number
  readonly total: number
}

/** How much a store holds. */
export interface VerifyCounts {
  readonly users: number
  readonly tokens: number
  readonly queues: number
  readonly requests: number
  readonly handled: number
  /** Requests with a live lock. */
  readonly locked: number
}

/** The result of verifying a whole store, for people. */
export interface VerifyReport {
  /** Damage to the file that the database reports. Empty if the file is sound. */
  readonly damage: readonly string[]
  /** Contradictions, one line for each kind. */
  readonly problems: readonly string[]
  /**
   * Requests whose content cannot be part of an answer, or that clients cannot read, one line for each kind.
   * They do no other harm. Only their callers or a backup can repair them.
   */
  readonly unreadable: readonly string[]
  /** Null if only pages were read, or if the schema is not that of Headlock. */
  readonly counts: VerifyCounts | null
  /** What was repaired. */
  readonly repaired: readonly string[]
}
