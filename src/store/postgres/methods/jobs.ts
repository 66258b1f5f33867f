import { viewOfJob } from '../../jobs/job.ts'
import { runAction } from '../../jobs/run-action.ts'
import { runFork } from '../../jobs/run-fork.ts'
import { ownView, stopJob } from '../../jobs/stop-job.ts'
import type { JobMethods } from '../../methods/jobs.ts'
import { jobsOfOwner } from '../jobs/job-rows.ts'
import type { PostgresParts } from './parts.ts'

export function jobMethods({ database, queues, jobs }: PostgresParts): JobMethods {
  return {
    actOnRequests: (params) => runAction(jobs, params),
    forkQueue: (params) => runFork(jobs, params, (begin) => queues.beginFork(begin)),
    async listJobs({ userId, limit }) {
      const now = await queues.now()
      return (await jobsOfOwner(database, userId, limit)).map((job) => viewOfJob(job, now))
    },
    async getJob(params) {
      const job = await jobs.ownedJob(params.userId, params.jobId)
      return ownView(job, params, await queues.now())
    },
    stopJob: (params) => stopJob(jobs, params),
  }
}
