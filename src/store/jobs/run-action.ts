import { type ActionBegin, isOrdered } from '../../domain/actions/order-of-action.ts'
import { randomId } from '../../domain/identity.ts'
import type { StepOutcome } from '../operations/jobs/step-of-job.ts'
import type { ActionOutcome, ActOnRequests } from '../params/jobs.ts'
import { type FoundRequests, type JobSteps, requestsPerStep } from './job-steps.ts'
import { OrderedWalk } from './ordered-walk.ts'
import { findNext } from './selection.ts'
import { storedFilterOf } from './stored-filter.ts'

/**
 * Acts on the selected requests, step by step. When that has taken too long, a job does the rest. Earlier steps stay done
 * if one fails.
 */
export async function runAction(steps: JobSteps, params: ActOnRequests): Promise<ActionOutcome> {
  const { userId, action, selection, isDryRun, answerWithinMs } = params
  const queueId = await steps.queueId(params)
  const inOrder = isOrdered(action, 'requestIds' in selection) && !isDryRun
  const countMax = requestsPerStep(steps)
  const act = async (requestIds: readonly string[], begin: ActionBegin | 'now' | null) =>
    (await steps.perform(queueId, 'actOnRequests', {
      userId,
      queue: { queueId },
      action,
      requestIds,
      isDryRun,
      stepSize: steps.stepSize,
      began: begin,
      filter: storedFilterOf(selection),
      step: null,
    })) as StepOutcome
  if (inOrder && 'requestIds' in selection && selection.requestIds.length <= countMax) {
    // All at one moment, as long as they are not too large.
    const { processed, matched, done } = await act(selection.requestIds, 'now')
    if (processed === selection.requestIds.length) return { matched, done }
  }
  const began = inOrder ? await steps.begin({ userId, queue: { queueId } }) : null
  const walk =
    began === null
      ? null
      : new OrderedWalk(steps, { queueId, user: { userId }, name: action.name, selection, began })
  const next = (cursor: string): Promise<FoundRequests | null> =>
    walk === null
      ? findNext(steps, { userId }, queueId, selection, cursor, countMax)
      : walk.next(cursor, countMax)
  const beganAt = performance.now()
  let cursor = ''
  let matched = 0
  let done = 0
  for (;;) {
    const found = await next(cursor)
    if (found === null) {
      if (performance.now() - beganAt >= answerWithinMs) break
      continue
    }
    const outcome = await act(found.requestIds, began)
    matched += outcome.matched
    done += outcome.done
    const isWhole = outcome.processed === found.requestIds.length
    // Some were found, and had moved when their turn came.
    if (isWhole && found.isLast) return { matched: Math.max(matched, found.total ?? 0), done }
    cursor = isWhole ? found.cursor : (found.cursors[outcome.processed - 1] ?? cursor)
    if (performance.now() - beganAt >= answerWithinMs) break
  }
  const jobId = randomId()
  const ranMs = Math.round(performance.now() - beganAt)
  const task = { kind: 'action', action, selection, isDryRun, began } as const
  const progress = { state: 'running', cursor, matched, done, endedAt: null, problem: null } as const
  const job = { id: jobId, task, ...progress }
  await steps.perform(queueId, 'startJob', { userId, queue: { queueId }, job, ranMs })
  return { jobId }
}
