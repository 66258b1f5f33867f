import type { Job } from '../../jobs/job.ts'
import type { QueueSession } from '../queue-session.ts'

/** The part of a job that one call does. */
export interface StepOfJob {
  readonly jobId: string
  /** Where the job has to be. Another server may have gone on with it. */
  readonly cursor: string
  /** Where it is when each of the requests of the step is done. */
  readonly cursors: readonly string[]
  /** Where it is when all of them are done. */
  readonly cursorAfter: string
  /** Whether the job has ended when all requests of the step are done. */
  readonly isLast: boolean
  /** How many requests the job has found in all. 0: it has not counted them. */
  readonly total: number
}

/** What one step has done. */
export interface StepOutcome {
  /** How many of its requests were looked at. The others did not fit into the step. */
  readonly processed: number
  readonly matched: number
  readonly done: number
}

/** The job has ended, or is elsewhere. The step has changed nothing. */
export interface StaleStep {
  readonly isStale: true
}

/** The job of this step, if the step is its next one. Null: it is not. */
export function jobToContinue(session: QueueSession, { jobId, cursor }: StepOfJob): Job | null {
  const job = session.job(jobId)
  return job !== null && job.state === 'running' && job.cursor === cursor ? job : null
}

/** Stores how far the job came, in the transaction of its step. */
export function noteStep(
  session: QueueSession,
  job: Job,
  step: StepOfJob,
  requestIds: readonly string[],
  { processed, matched, done }: StepOutcome,
): void {
  const isWhole = processed === requestIds.length
  const hasEnded = isWhole && step.isLast
  session.putJob({
    ...job,
    cursor: isWhole ? step.cursorAfter : (step.cursors[processed - 1] ?? step.cursor),
    // Some were found, and had moved when their turn came.
    matched: hasEnded ? Math.max(job.matched + matched, step.total) : job.matched + matched,
    done: job.done + done,
    state: hasEnded ? 'done' : 'running',
    endedAt: hasEnded ? session.now : null,
  })
}
