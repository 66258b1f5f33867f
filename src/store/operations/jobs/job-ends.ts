import type { Millis } from '../../../domain/time.ts'
import type { Job } from '../../jobs/job.ts'
import type { JobState } from '../../params/jobs.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { QueueOperation } from '../operation.ts'

export interface StartJob extends QueueParams {
  readonly job: Omit<Job, 'startedAt' | 'ownerId' | 'queueId'>
  /** How long the work has taken so far. */
  readonly ranMs: Millis
}

/** Stores a job. From then on any server goes on with it. */
export const startJob: QueueOperation<StartJob, void> = {
  right: 'write',
  reads: () => ({}),

  perform(session, { job, ranMs }) {
    const { queue, now } = session
    const startedAt = Math.max(0, now - ranMs)
    session.putJob({ ...job, queueId: queue.id, ownerId: queue.ownerId, startedAt })
    return undefined
  },
}

export interface EndJob extends QueueParams {
  readonly jobId: string
  readonly state: Exclude<JobState, 'running' | 'done'>
  /** Why it failed. */
  readonly problem: string | null
}

/** Ends a job before all is done. What it has done stays. Changes nothing if it has ended already. */
export const endJob: QueueOperation<EndJob, void> = {
  right: 'write',
  reads: ({ jobId }) => ({ job: jobId }),

  perform(session, { jobId, state, problem }) {
    const job = session.job(jobId)
    if (job === null) return { refused: 'jobNotFound' }
    if (job.state === 'running') session.putJob({ ...job, state, problem, endedAt: session.now })
    return undefined
  },
}
