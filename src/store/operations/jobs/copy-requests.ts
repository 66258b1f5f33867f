import { type CopiedRequest, copied } from '../../../domain/actions/copied.ts'
import { storedBytes } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueParams } from '../../params/queues.ts'
import { inGroup } from '../hand-out/in-group.ts'
import { historyOf } from '../history-of.ts'
import { noteChange } from '../note-change.ts'
import type { QueueOperation } from '../operation.ts'
import { keepGroups } from '../policy/build.ts'
import { wishedPriority } from '../policy/gather.ts'
import type { QueueSession } from '../queue-session.ts'
import { jobToContinue, noteStep, type StaleStep, type StepOfJob, type StepOutcome } from './step-of-job.ts'

/** One step of a fork, on the queue that gets the copies (14.6). */
export interface CopyStep extends QueueParams {
  /** In the order in which new places are given to those that have none to keep. */
  readonly requests: readonly CopiedRequest[]
  readonly forkedAt: Millis
  readonly lastSequence: number
  /** All requests that the step is about. Some may be gone from the source. */
  readonly requestIds: readonly string[]
  /** How many of these are done with this step. */
  readonly processed: number
  readonly step: StepOfJob
}

/** Adds the requests that do not exist yet. Not a touch by a client. */
export const copyRequests: QueueOperation<CopyStep, StepOutcome | StaleStep> = {
  right: 'write',
  reads: ({ requests, step }) => ({
    ids: requests.map(({ content }) => content.id),
    contents: requests.map(({ content }) => content),
    job: step.jobId,
  }),
  bytes: ({ requests }) => requests.reduce((sum, { content }) => sum + storedBytes(content), 0),
  rows: ({ requests }) => requests.length,

  perform(session, params) {
    const { requests, requestIds, processed, step } = params
    const job = jobToContinue(session, step)
    if (job === null) return { isStale: true }
    const done = requests.filter((request) => copy(session, request, params)).length
    const outcome = { processed, matched: requests.length, done }
    noteStep(session, job, step, requestIds, outcome)
    return outcome
  },
}

/** Returns whether it was added. A client may have added it before. */
function copy(session: QueueSession, request: CopiedRequest, { forkedAt, lastSequence }: CopyStep): boolean {
  const { queue, now } = session
  const { content } = request
  if (session.state(content.id) !== null) return false
  const priority = wishedPriority(content.otherFields)
  if (priority !== null) keepGroups(session)
  const wishing = priority === null ? content : { ...content, wishes: { priority } }
  const change = copied({ ...request, content: wishing }, forkedAt, lastSequence, queue.nextSequence)
  const state = queue.grouping === null ? change.state : inGroup(queue, wishing, change.state)
  session.addIfAbsent(content, state, historyOf(session, null, state, { clientKey: null }))
  noteChange(session, null, { ...change, state })
  queue.writeCount++
  queue.accessed(now)
  return true
}
