import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import type { StepOfJob } from '../operations/jobs/step-of-job.ts'
import type { Job } from './job.ts'
import { type FoundRequests, type JobSteps, requestsPerStep } from './job-steps.ts'
import type { OrderedWalks } from './ordered-walks.ts'
import { findNext } from './selection.ts'
import { storedFilterOf } from './stored-filter.ts'

/** Does the next step of each job that runs. Returns whether there was any. */
export async function stepJobs(steps: JobSteps, walks: OrderedWalks): Promise<boolean> {
  const jobs = await steps.running()
  walks.keepOnly(jobs)
  for (const job of jobs) {
    await unlessDeleted(job.task.kind === 'fork' ? stepFork(steps, job) : stepAction(steps, walks, job))
  }
  return jobs.length > 0
}

/**
 * Goes on with a fork until it has ended, or for so long. Others may go on with it at the same time.
 *
 * @returns whether all of it is done
 */
export async function runForkFor(
  steps: JobSteps,
  queueId: string,
  jobId: string,
  answerWithinMs: Millis,
): Promise<boolean> {
  const beganAt = performance.now()
  for (;;) {
    const job = await steps.job(queueId, jobId)
    if (job === null || job.state !== 'running') return job?.state === 'done'
    await unlessDeleted(stepFork(steps, job))
    if (performance.now() - beganAt < answerWithinMs) continue
    return (await steps.job(queueId, jobId))?.state === 'done'
  }
}

async function unlessDeleted(step: Promise<void>): Promise<void> {
  try {
    await step
  } catch (error) {
    // The queue was deleted, and its jobs with it.
    if (!isQueueNotFound(error)) throw error
  }
}

/** Does nothing if the job has ended, or if another server has gone on with it. */
async function stepAction(steps: JobSteps, walks: OrderedWalks, job: Job): Promise<void> {
  const { queueId, ownerId: userId, task, cursor } = job
  if (task.kind !== 'action') return
  const { action, selection, isDryRun, began } = task
  const countMax = requestsPerStep(steps)
  const found =
    began === null
      ? await findNext(steps, { userId }, queueId, selection, cursor, countMax)
      : await walks.next(job, countMax)
  if (found === null) return
  await steps.perform(queueId, 'actOnRequests', {
    userId,
    queue: { queueId },
    action,
    requestIds: found.requestIds,
    isDryRun,
    stepSize: steps.stepSize,
    began,
    filter: storedFilterOf(selection),
    step: stepOf(job, found),
  })
}

/** Does nothing if the job has ended, or if another server has gone on with it. */
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
  const { requests, processed } = await steps.read(sourceId, requestIds, forkedAt)
  const step = stepOf(job, found)
  const copy = { requests, forkedAt, lastSequence, requestIds, processed, step }
  await steps.perform(queueId, 'copyRequests', { userId, queue: { queueId }, ...copy })
}

function stepOf({ id: jobId, cursor }: Job, found: FoundRequests): StepOfJob {
  const { cursors, cursor: cursorAfter, isLast, total = 0 } = found
  return { jobId, cursor, cursors, cursorAfter, isLast, total }
}

function isQueueNotFound(error: unknown): boolean {
  return error instanceof HeadlockError && error.errorName === 'queueNotFound'
}
