import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { Job, renderJob } from '../../api/job-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

/** Of so many jobs the list has the latest. */
const listedMax = 100

const JobParams = Type.Object({ jobId: Type.String({ description: 'ID of the job.' }) })

const list = operation({
  id: 'jobs_get',
  tag: 'Jobs',
  summary: 'List jobs',
  description: `The jobs of the caller, the latest ${listedMax}. Jobs that have ended are kept for a day.`,
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf('The jobs, the latest first.', Type.Object({ items: Type.Array(reference(Job)) })),
  },
})

const get = operation({
  id: 'job_get',
  tag: 'Jobs',
  summary: 'Get job',
  description: 'How far a job came.',
  params: JobParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The job.', reference(Job)) },
  refusals: ['jobNotFound'],
})

const stop = operation({
  id: 'job_delete',
  tag: 'Jobs',
  summary: 'Stop job',
  description: 'Ends a job. What it has done stays. Changes nothing when it has ended.',
  params: JobParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'It has ended.' },
  refusals: ['jobNotFound'],
})

export function addJobRoutes(app: App, store: Store): void {
  app.get('/headlock/v1/jobs', list, async ({ caller: { userId } }) => {
    const jobs = await store.listJobs({ userId, limit: listedMax })
    return { data: { items: jobs.map(renderJob) } }
  })

  app.get('/headlock/v1/jobs/:jobId', get, async ({ caller: { userId }, params: { jobId } }) => {
    return { data: renderJob(await store.getJob({ userId, jobId })) }
  })

  app.delete('/headlock/v1/jobs/:jobId', stop, async ({ caller: { userId }, params: { jobId } }, reply) => {
    await store.stopJob({ userId, jobId })
    return reply.code(204).send()
  })
}
