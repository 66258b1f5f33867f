import type {
  ActionOutcome,
  ActOnRequests,
  ForkedQueue,
  ForkQueue,
  JobParams,
  JobView,
  ListJobs,
} from '../params/jobs.ts'

/** Actions on many requests, forks, and jobs (14.5, 14.6). */
export interface JobMethods {
  /**
   * Acts on requests, whoever holds them. Takes several steps when there are many, and leaves the rest to a job when that
   * takes too long. Not a touch by a client.
   */
  actOnRequests(params: ActOnRequests): Promise<ActionOutcome>
  /**
   * Makes a queue with copies of requests, in several steps as `actOnRequests`. Refuses `queueNameInvalid` and
   * `forkNameTaken`.
   */
  forkQueue(params: ForkQueue): Promise<ForkedQueue>
  /** The jobs of a user, the latest first. */
  listJobs(params: ListJobs): Promise<JobView[]>
  /** Refuses `jobNotFound`. */
  getJob(params: JobParams): Promise<JobView>
  /** Ends a job. What it has done stays. Changes nothing if it has ended. Refuses `jobNotFound`. */
  stopJob(params: JobParams): Promise<void>
}
