import { call } from '../../../api/call.ts'
import type { Job, RequestAction } from '../../../api/shapes.ts'
import { type ActionOptions, type ActionTarget, runAction } from './run-action.ts'

const everyMs = 400

interface CountOptions {
  readonly signal: AbortSignal
  /** Tells how many were found so far, where it takes long. */
  onCounted(matched: number): void
}

/**
 * How many requests an action would be about. Counting very many goes on as a job, which is stopped when nobody waits any more.
 *
 * @throws ApiError
 */
export async function countMatches(
  queueId: string,
  action: RequestAction,
  target: ActionTarget,
  options: ActionOptions,
  { signal, onCounted }: CountOptions,
): Promise<number> {
  const { matched, jobId } = await runAction(queueId, action, target, { ...options, dryRun: true })
  if (jobId === undefined) return matched ?? 0
  const path = `headlock/v1/jobs/${encodeURIComponent(jobId)}`
  for (;;) {
    if (signal.aborted) {
      await call('DELETE', path)
      throw signal.reason
    }
    const job = await call<Job>('GET', path)
    if (job.state === 'failed') throw new Error(job.problem ?? 'The requests could not be counted.')
    if (job.state !== 'running') return job.matched
    onCounted(job.matched)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
