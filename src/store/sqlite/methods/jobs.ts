import { viewOfJob } from '../../jobs/job.ts'
import { ownView } from '../../jobs/stop-job.ts'
import type { JobMethods } from '../../methods/jobs.ts'
import type { SqliteParts } from './parts.ts'

export function jobMethods(parts: SqliteParts): JobMethods {
  return {
    actOnRequests: parts.stepped.actOnRequests,
    forkQueue: parts.stepped.forkQueue,
    listJobs: ({ userId, limit }) =>
      parts.read((reader) => {
        const now = reader.now()
        return reader.jobs.ofOwner(userId, limit).map((job) => viewOfJob(job, now))
      }),
    getJob: (params) => parts.read((reader) => ownView(reader.jobs.job(params.jobId), params, reader.now())),
    stopJob: parts.stepped.stopJob,
  }
}
