import { HeadlockError } from '../../domain/errors.ts'
import type { JobParams, JobView } from '../params/jobs.ts'
import { type Job, viewOfJob } from './job.ts'
import type { JobSteps } from './job-steps.ts'

/** Ends a job of this user. What it has done stays. Refuses `jobNotFound`. */
export async function stopJob(steps: JobSteps, { userId, jobId }: JobParams): Promise<void> {
  const { queueId } = ownJob(await steps.ownedJob(userId, jobId), userId)
  const end = { jobId, state: 'stopped', problem: null } as const
  await steps.perform(queueId, 'endJob', { userId, queue: { queueId }, ...end })
}

/** @throws HeadlockError `jobNotFound` unless the user has the job */
export function ownJob(job: Job | null, userId: string): Job {
  if (job === null || job.ownerId !== userId) throw new HeadlockError('jobNotFound')
  return job
}

export function ownView(job: Job | null, { userId }: JobParams, readAt: JobView['readAt']): JobView {
  return viewOfJob(ownJob(job, userId), readAt)
}
