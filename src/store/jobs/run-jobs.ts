import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import type { StepOfJob } from '../operations/jobs/step-of-job.ts'
import type { Job } from './job.ts'
import { type FoundRequests, type JobSteps, requestsPerStep } from './job-steps.ts'
import { findNext } from './selection.ts'
import { storedFilterOf } from './stored-filter.ts'

/** Does the next step of each job that runs. Returns whether there was any. */
export async function stepJobs(steps: JobSteps): Promise<boolean> {
  const jobs = await steps.running()
  for (const job of jobs) await stepJob(steps, job)
  return jobs.length > 0
}

/**
 * Goes on with a job until it has ended, or for so long. Others may go on with it at the same time.
 *
 * @returns whether all of it is done
 */
export async function runJobFor(
  steps: JobSteps,
  queueId: string,
  jobId: string,
  answerWithinMs: Millis,
): Promise<boolean> {
  const beganAt = performance.now()
  for (;;) {
    const job = await steps.job(queueId, jobId)
    if (job === null || job.state !== 'running') return job?.state === 'done'
    await stepJob(steps, job)
    if (performance.now() - beganAt < answerWithinMs) continue
    return (await steps.job(queueId, jobId))?.state === 'done'
  }
}

/** Does nothing if the job has ended, or if another server has gone on with it. */
async function stepJob(steps: JobSteps, job: Job): Promise<void> {
  try {
    if (job.task.kind === 'action') await stepAction(steps, job)
    else await stepFork(steps, job)
  } catch (error) {
    // The queue was deleted, and its jobs with it.
    if (!isQueueNotFound(error)) throw error
  }
}

async function stepAction(steps: JobSteps, job: Job): Promise<void> {
  const { queueId, ownerId: userId, task, cursor } = job
  if (task.kind !== 'action') return
  const { action, selection, isDryRun } = task
  const found = await findNext(steps, { userId }, queueId, selection, cursor, requestsPerStep(steps))
  await steps.perform(queueId, 'actOnRequests', {
    userId,
    queue: { queueId },
    action,
    requestIds: found.requestIds,
    isDryRun,
    stepSize: steps.stepSize,
    isNamed: 'requestIds' in selection,
    filter: storedFilterOf(selection),
    step: stepOf(job, found),
  })
}

async function stepFork(steps: JobSteps, job: Job): Promise<void> {
  const { id: jobId, queueId, ownerId: userId, task, cursor } = job
  if (task.kind !== 'fork') return
  const { sourceId, selection, forkedAt, lastSequence } = task
  let found: FoundRequests
  try {
    // A selection that names requests does not ask for the queue.
    await steps.queueId({ userId, queue: { queueId: sourceId } })
    found = await findNext(steps, { userId }, sourceId, selection, cursor, requestsPerStep(steps))
  } catch (error) {
    if (!isQueueNotFound(error)) throw error
    const problem = 'The queue that it copied from was deleted.'
    await steps.perform(queueId, 'endJob', { userId, queue: { queueId }, jobId, state: 'failed', problem })
    return
  }
  const { requestIds } = found
  const { requests, processed } = await steps.read(sourceId, requestIds)
  const step = stepOf(job, found)
  const copy = { requests, forkedAt, lastSequence, requestIds, processed, step }
  await steps.perform(queueId, 'copyRequests', { userId, queue: { queueId }, ...copy })
}

function stepOf({ id: jobId, cursor, task }: Job, { cursor: cursorAfter, isLast }: FoundRequests): StepOfJob {
  return { jobId, cursor, cursorAfter, isLast, isByIndex: 'requestIds' in task.selection }
}

function isQueueNotFound(error: unknown): boolean {
  return error instanceof HeadlockError && error.errorName === 'queueNotFound'
}
