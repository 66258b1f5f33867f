import { randomId } from '../../domain/identity.ts'
import type { QueueView } from '../../domain/queue.ts'
import type { ForkedQueue, ForkQueue } from '../params/jobs.ts'
import type { QueueParams } from '../params/queues.ts'
import type { JobSteps } from './job-steps.ts'
import { runForkFor } from './run-jobs.ts'

/** Makes the queue of a fork and stores its job, in one step. Refuses `queueNameTaken`. */
export interface BeginFork extends QueueParams, Pick<ForkQueue, 'name' | 'selection'> {
  readonly jobId: string
}

/**
 * Makes a queue, and copies the selected requests to it. The queue and its job are stored together, so a crash leaves no fork
 * that nobody completes.
 */
export async function runFork(
  steps: JobSteps,
  { userId, queue, name, selection, answerWithinMs }: ForkQueue,
  begin: (params: BeginFork) => Promise<QueueView>,
): Promise<ForkedQueue> {
  const jobId = randomId()
  const forked = await begin({ userId, queue, name, selection, jobId })
  const isDone = await runForkFor(steps, forked.id, jobId, answerWithinMs)
  return { queue: await steps.view(userId, forked.id), jobId: isDone ? null : jobId }
}
