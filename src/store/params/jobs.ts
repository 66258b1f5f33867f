/** Actions on many requests, forks, and the jobs that do what takes long (14.5, 14.6). */
import type { Action } from '../../domain/actions/actions.ts'
import type { QueueUser } from '../../domain/caller.ts'
import type { RequestFilter } from '../../domain/insight/request-filter.ts'
import type { Standing } from '../../domain/insight/standing.ts'
import type { QueueView } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import type { QueueParams } from './queues.ts'

/** Which requests are meant. They are found in steps, in the order of their IDs, or as they were named. */
export type Selection =
  | { readonly requestIds: readonly string[] }
  /** All requests of the queue. */
  | { readonly all: true }
  | { readonly filter: StoredFilter }

/** A filter (14.4) as JSON. */
export interface StoredFilter extends Omit<RequestFilter, 'states'> {
  readonly states: readonly Standing[] | null
}

export interface ActOnRequests extends QueueParams {
  readonly action: Action
  readonly selection: Selection
  /** Only counts the requests. */
  readonly isDryRun: boolean
  /** After so long the rest becomes a job. */
  readonly answerWithinMs: Millis
}

/** What is done, or the job that does it. */
export type ActionOutcome =
  | {
      /** How many requests were found. */
      readonly matched: number
      /** How many of them were changed. Others were as they should be already, cannot be so, or have moved meanwhile. */
      readonly done: number
    }
  | { readonly jobId: string }

export interface ForkQueue extends QueueParams {
  readonly name: string
  readonly selection: Selection
  readonly answerWithinMs: Millis
}

export interface ForkedQueue {
  readonly queue: QueueView
  /** The job that goes on copying. Null: everything is copied. */
  readonly jobId: string | null
}

export interface JobParams extends QueueUser {
  readonly jobId: string
}

export interface ListJobs extends QueueUser {
  readonly limit: number
}

export type JobState = 'running' | 'done' | 'stopped' | 'failed'

/** A job as its owner sees it. */
export interface JobView {
  readonly id: string
  readonly kind: 'action' | 'fork'
  /** The queue that it changes. */
  readonly queueId: string
  /** The queue that a fork copies from. Null for an action. */
  readonly sourceQueueId: string | null
  /** Null for a fork. */
  readonly action: Action['name'] | null
  readonly isDryRun: boolean
  readonly state: JobState
  readonly matched: number
  readonly done: number
  /** About how many requests are meant; exact when it has ended. */
  readonly total: number
  readonly startedAt: Millis
  readonly endedAt: Millis | null
  /** Why it failed. */
  readonly problem: string | null
  /** When it was read, by the time of the store. */
  readonly readAt: Millis
}
