import type { Millis } from '../../domain/time.ts'

/** What a change of a queue means for callers that wait for its requests (13.14). */
export interface AvailabilityNews {
  /** How many requests may have become available. */
  readonly count: number
  /** How long until more may become available, by time alone. Null: the change says nothing about that. */
  readonly inMs: Millis | null
}

export interface WatchQueue {
  /** The address of the queue does not matter, because it may change. */
  readonly queueId: string
  /** Called after a change was committed. It must not throw. */
  changed(news: AvailabilityNews): void
}

/** Ends a watch. May be called twice. */
export type EndWatch = () => void
