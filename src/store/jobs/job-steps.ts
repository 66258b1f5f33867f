import type { CopiedRequest } from '../../domain/actions/copied.ts'
import type { ActionBegin, OrderedState } from '../../domain/actions/order-of-action.ts'
import type { QueueView } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import type { AnswerOf, ParamsOf } from '../operations/index.ts'
import type { FindRequests, FoundPage } from '../params/insight.ts'
import type { QueueParams } from '../params/queues.ts'
import type { StepSize } from '../steps/steps.ts'
import type { Job } from './job.ts'

export function requestsPerStep({ stepSize }: JobSteps): number {
  return Math.min(stepSize.acted, stepSize.requests)
}

/** The operations on a queue that jobs are made of. */
type JobOperation = 'actOnRequests' | 'copyRequests' | 'startJob' | 'endJob'

/** Requests that are next in a selection. */
export interface FoundRequests {
  readonly requestIds: readonly string[]
  /** Where the selection goes on after each of them. */
  readonly cursors: readonly string[]
  /** Where the selection goes on after all of them. */
  readonly cursor: string
  /** Whether there are no more. */
  readonly isLast: boolean
  /** How many were found in all, if they come in the order of an action. */
  readonly total?: number
}

export interface FoundState {
  readonly id: string
  readonly state: OrderedState
}

/** What a store does for actions and forks. Each method is one step. */
export interface JobSteps {
  readonly stepSize: StepSize
  /** The ID of the queue at that address. Refuses `queueNotFound`. */
  queueId(params: QueueParams): Promise<string>
  /** The time, and the last sequence number of the queue. Refuses `queueNotFound`. */
  begin(params: QueueParams): Promise<ActionBegin>
  /** The next requests of a queue by their IDs: fewer than `countMax` if there are no more. Refuses `queueNotFound`. */
  idsAfter(params: QueueParams, id: string, countMax: number): Promise<readonly string[]>
  findRequests(params: FindRequests): Promise<FoundPage>
  /** Those of the requests that exist. */
  states(queueId: string, requestIds: readonly string[]): Promise<readonly FoundState[]>
  /**
   * The first of the requests that fit into a step, as far as they exist, and how many those were.
   *
   * @param forkedAt they are copied as they stood then
   */
  read(queueId: string, requestIds: readonly string[], forkedAt: Millis): Promise<RequestsToCopy>
  perform<Name extends JobOperation>(
    queueId: string,
    name: Name,
    params: ParamsOf<Name>,
  ): Promise<AnswerOf<Name>>
  /** The jobs that have not ended, of all queues. */
  running(): Promise<readonly Job[]>
  job(queueId: string, jobId: string): Promise<Job | null>
  /** The job with this ID, if the user has one. */
  ownedJob(userId: string, jobId: string): Promise<Job | null>
  /** The queue as answers show it. */
  view(userId: string, queueId: string): Promise<QueueView>
}

export interface RequestsToCopy {
  readonly requests: readonly CopiedRequest[]
  readonly processed: number
}
