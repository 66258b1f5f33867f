import type { Millis } from '../../domain/time.ts'

/** How a store is. */
export interface StoreState {
  readonly kind: 'sqlite' | 'postgres'
  /** The version of SQLite or of PostgreSQL. */
  readonly version: string
  /** What the data takes on the disk, with indexes and without the log. Null if the store cannot tell. */
  readonly sizeBytes: number | null
  /** The size of the log that is copied into the file by and by. Null for PostgreSQL. */
  readonly walBytes: number | null
  /** The disk of the data directory. Null for PostgreSQL, whose disk is on another machine. */
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null
}

export interface RecentQueues {
  /** The owner of the queues. Null: the queues of all users. */
  readonly userId: string | null
  readonly limit: number
}

/** The counts of a queue at one moment. */
export interface QueueCounts {
  readonly id: string
  readonly name: string
  readonly ownerName: string
  readonly totalRequestCount: number
  readonly handledRequestCount: number
  /** Late by up to two seconds, as figures are (14.8). */
  readonly lockedRequestCount: number
  readonly modifiedAt: Millis
}
