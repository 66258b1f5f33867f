export interface VerifyProgress {
  readonly phase: 'repairing' | 'reading the file' | 'checking requests' | 'checking the order'
  /** Requests; zero of zero where nobody can say how far it is. */
  readonly done: number
  readonly total: number
}

/** What there is. */
export interface VerifyCounts {
  readonly users: number
  readonly tokens: number
  readonly queues: number
  readonly requests: number
  readonly handled: number
  /** With a lock that is alive. */
  readonly locked: number
}

/** What was found of a whole store, for people. */
export interface VerifyReport {
  /** What the database says of a file of its own that is damaged; empty when it is sound. */
  readonly damage: readonly string[]
  /** What contradicts itself, one line for each kind. */
  readonly problems: readonly string[]
  /**
   * Requests whose content answers cannot have, or clients cannot read, one line for each kind. Nothing else suffers from
   * them, and nothing but their callers or a backup can mend them.
   */
  readonly unreadable: readonly string[]
  /** Null where only pages were read, or the schema is not that of Headlock. */
  readonly counts: VerifyCounts | null
  /** What was changed. */
  readonly repaired: readonly string[]
}
