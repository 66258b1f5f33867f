import {
  type Action,
  givenBack,
  markedHandled,
  movedToHead,
  needsContent,
  type Replacement,
  scheduled,
  unlocked,
} from '../../../domain/actions/actions.ts'
import {
  type ActionBegin,
  compareKeys,
  isPlacedSince,
  keyOfAction,
} from '../../../domain/actions/order-of-action.ts'
import { isStillMeant } from '../../../domain/actions/still-meant.ts'
import { availabilityOf } from '../../../domain/availability.ts'
import type { Author } from '../../../domain/history/history.ts'
import type { Change } from '../../../domain/lifecycle.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { filterOf } from '../../jobs/stored-filter.ts'
import type { StoredFilter } from '../../params/jobs.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { StepSize } from '../../steps/steps.ts'
import { deleteIfPresent } from '../delete-request.ts'
import { historyOf } from '../history-of.ts'
import { noteChange } from '../note-change.ts'
import type { QueueOperation } from '../operation.ts'
import { gathered } from '../policy/gather.ts'
import type { QueueSession } from '../queue-session.ts'
import { withRevisit } from '../revisit/with-revisit.ts'
import { jobToContinue, noteStep, type StaleStep, type StepOfJob, type StepOutcome } from './step-of-job.ts'

/** One step of an action on many requests (14.5). */
export interface ActStep extends QueueParams {
  readonly action: Action
  readonly requestIds: readonly string[]
  readonly isDryRun: boolean
  readonly stepSize: StepSize
  /**
   * When the action began, if it is done in order (14.5). `now`: with this step, which does all of it or nothing. Null: the
   * requests are done as they are given.
   */
  readonly began: ActionBegin | 'now' | null
  /** What chose the requests a moment ago. Null: all of them are meant. */
  readonly filter: StoredFilter | null
  /** Null: the step is no part of a job. */
  readonly step: StepOfJob | null
}

interface Meant {
  readonly id: string
  readonly state: RequestState
  /** Null if the action does not need it. */
  readonly content: RequestContent | null
}

/** The owner of the queue does it, and no client. */
const owner: Author = { clientKey: null }

/**
 * Acts on as many of the first requests as fit into a step. Whoever holds a request loses it: the next call of that client is
 * answered by 5.2 and 6.5. Not a touch by a client.
 */
export const actOnRequests: QueueOperation<ActStep, StepOutcome | StaleStep> = {
  right: 'write',
  reads: ({ requestIds, action, isDryRun, step }) => ({
    ids: requestIds,
    ...(needsContent(action) && !isDryRun ? { contentsOf: requestIds } : {}),
    ...(step === null ? {} : { job: step.jobId }),
  }),
  rows: ({ requestIds }) => requestIds.length,

  perform(session, params) {
    const { action, isDryRun, requestIds, step } = params
    const job = step === null ? null : jobToContinue(session, step)
    if (step !== null && job === null) return { isStale: true }
    const began =
      params.began === 'now' ? { at: session.now, lastSequence: Number.MAX_SAFE_INTEGER } : params.began
    const { meant, processed } = meantOf(session, params, began)
    if (params.began === 'now' && processed < requestIds.length) return { processed: 0, matched: 0, done: 0 }
    let done = 0
    if (!isDryRun) {
      for (const request of inOrder(meant, action, began)) {
        if (act(session, action, request)) done++
      }
    }
    const outcome = { processed, matched: meant.length, done }
    session.queue.accessed(session.now)
    if (job !== null) noteStep(session, job, step!, requestIds, outcome)
    return outcome
  },
}

/** As they stand now: they may have changed since they were found. */
function inOrder(meant: readonly Meant[], { name }: Action, began: ActionBegin | null): readonly Meant[] {
  if (began === null) return meant
  const keyed = meant.map((request) => ({
    request,
    key: keyOfAction(name, request.id, request.state, began.at),
  }))
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ request }) => request)
}

/** The first requests that fit into the step and exist. */
function meantOf(session: QueueSession, params: ActStep, began: ActionBegin | null) {
  const { action, requestIds, isDryRun, stepSize } = params
  const filter = params.filter === null ? null : filterOf(params.filter)
  const isMeant = (state: RequestState) =>
    (began === null || !isPlacedSince(state, began)) &&
    (filter === null || isStillMeant(state, filter, session.now))
  const meant: Meant[] = []
  let bytes = 0
  let processed = 0
  for (const id of requestIds) {
    const state = session.state(id)
    if (state !== null && isMeant(state)) {
      bytes += state.bytes
      const isFull = processed > 0 && (bytes > stepSize.bytes || processed === stepSize.requests)
      if (isFull && !isDryRun) break
      const content = needsContent(action) && !isDryRun ? session.contentOf(id) : null
      if (content === null && needsContent(action) && !isDryRun) break
      meant.push({ id, state, content })
    }
    processed++
  }
  return { meant, processed }
}

/** Returns whether the request has changed. */
function act(session: QueueSession, action: Action, { id, state, content }: Meant): boolean {
  const { queue, now } = session
  const moment = queue.moment(now)
  switch (action.name) {
    case 'giveBack': {
      const { change, ...given } = givenBack(state, content!, action.keepsErrors, moment)
      const inGroup = queue.grouping === null ? change.state : gathered(queue, given.content, change.state)
      return replace(session, state, { content: given.content, change: { ...change, state: inGroup } })
    }
    case 'markHandled': {
      const marked = markedHandled(state, content!, now)
      if (marked === null) return false
      const revisited = withRevisit(session, marked.content, marked.change.state)
      replace(session, state, { ...marked, change: { ...marked.change, state: revisited } })
      return true
    }
    case 'delete':
      return deleteIfPresent(session, id)
    case 'unlock':
      return move(session, id, state, unlocked(state, moment), owner)
    case 'forefront':
      return move(session, id, state, movedToHead(state, moment), mover(state, now))
    case 'schedule':
      return move(session, id, state, scheduled(state, action.availableAt!, moment), owner)
  }
}

function replace(session: QueueSession, before: RequestState, { content, change }: Replacement): true {
  session.replace(content, change.state, historyOf(session, before, change.state, owner))
  noteChange(session, before, change)
  session.queue.writeCount++
  return true
}

/** An event of the history only if it ends a delay, because the history says how long that is. */
function mover(before: RequestState, now: Millis): Author | null {
  return availabilityOf(before, now) === 'scheduled' ? owner : null
}

/** @param author null: it is no event of the history */
function move(
  session: QueueSession,
  requestId: string,
  before: RequestState,
  change: Change | null,
  author: Author | null,
): boolean {
  if (change === null) return false
  const history = author === null ? undefined : historyOf(session, before, change.state, author)
  session.move(requestId, change.state, history)
  noteChange(session, before, change)
  session.queue.writeCount++
  return true
}
