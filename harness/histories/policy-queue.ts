import { HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { emptyPolicy } from '../../src/domain/policy/policy.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import { actionOf, selectionOf } from '../model/acting.ts'
import { policyFrom } from '../model/policy-document.ts'
import { copyOf, textOf } from '../model/queue-content.ts'
import { act } from '../oracle/action-rules.ts'
import { viewOfQueue, viewOfRequest } from '../oracle/answers.ts'
import * as lockRules from '../oracle/lock-rules.ts'
import { coolDown, endCooldown, replacePolicy } from '../oracle/policy-rules.ts'
import * as requestRules from '../oracle/request-rules.ts'
import { newStoredQueue, type StoredQueue } from '../oracle/stored.ts'
import { asTheyCame, isForUnlock, letLocksRunOut, locked, requestOf } from '../oracle/stored-queue.ts'
import { type Answer, type Call, type HistoryQueue, type Performed, refusal } from './history.ts'
import {
  actionAnswer,
  contentOf,
  headAnswer,
  lockAnswer,
  presenceOf,
  queueAnswer,
  requestAnswer,
} from './recorder.ts'

/** A queue with a policy. It performs calls as the oracle does. */
export class PolicyQueue implements HistoryQueue {
  readonly now: Millis
  readonly text: string
  /** A request that is held back waits for others of its host. */
  readonly requestsAreIndependent = false
  readonly mayGiveUp = true
  readonly #stored: StoredQueue

  private constructor(stored: StoredQueue, now: Millis) {
    this.#stored = stored
    this.now = now
    this.text = `${now} ${textOf(stored)}`
  }

  static empty(createdAt: Millis): PolicyQueue {
    return new PolicyQueue(
      newStoredQueue({
        id: 'queue',
        ownerId: 'owner',
        name: null,
        title: null,
        generalAccess: null,
        createdAt,
      }),
      createdAt,
    )
  }

  perform(call: Call, now: Millis): Performed {
    const queue = copyOf(this.#stored)
    letLocksRunOut(queue, now)
    let answer: Answer
    try {
      answer = answerTo(queue, call, now)
    } catch (error) {
      if (!(error instanceof HeadlockError)) throw error
      answer = refusal(error.errorName)
    }
    // These calls read the current state and wait for nothing. Their time may be later than that of the next
    // change.
    if (call.do === 'getRequest' || call.do === 'getQueue') return { queue: this, answer }
    // No answer shows these.
    queue.accessedAt = 0
    queue.readCount = 0
    queue.headItemReadCount = 0
    queue.policyVersion = 0
    const after = new PolicyQueue(queue, now)
    return { queue: after.text === this.text ? this : after, answer }
  }

  shown(zero: Millis): string {
    const texts = this.#stored.requests.map(({ content, place, lock, lockExpiries }) => {
      if (place === null) return `${content.uniqueKey}#${content.retryCount} (handled)`
      const held = lock === null ? '' : `, held by ${lock.holder.clientKey} until ${lock.expiresAt - zero}`
      const ranOut = lockExpiries === 0 ? '' : `, ran out ${lockExpiries} times`
      const since = `${place.side} since ${place.since - zero}`
      return `${content.uniqueKey}#${content.retryCount} (${content.url} ${since}${held}${ranOut})`
    })
    for (const [group, { handedOutAt, endedAt, slowedToMs, cooldownUntil }] of this.#stored.groups) {
      const times = [handedOutAt - zero, endedAt - zero, cooldownUntil - zero, slowedToMs]
      texts.push(`${group}: handed out, ended, cooling until, slowed to ${times.join(', ')}`)
    }
    texts.push(`policy ${JSON.stringify(this.#stored.policyDocument)}`)
    return texts.join('; ')
  }
}

/** The client of calls that have none. They do not use it. */
const nobody = { clientKey: 'nobody', runId: null }

/** Changes the queue. */
function answerTo(queue: StoredQueue, call: Call, now: Millis): Answer {
  const on: QueueParams = { userId: 'owner', queue: { queueId: queue.id } }
  const by = { ...on, client: 'by' in call ? call.by : nobody }
  switch (call.do) {
    case 'addRequests': {
      const { side } = call
      const requests = call.requests.map(contentOf)
      return { added: requestRules.addRequests(queue, { ...by, requests, side }, now).map(presenceOf) }
    }
    case 'updateRequest': {
      const { side } = call
      const request = contentOf(call.request)
      return { updated: presenceOf(requestRules.updateRequest(queue, { ...by, request, side }, now)) }
    }
    case 'deleteRequest':
      requestRules.deleteRequest(queue, { ...by, requestId: requestIdOf(call.key) }, now)
      return {}
    case 'deleteRequests':
      requestRules.deleteRequests(queue, { ...by, requestIds: call.keys.map(requestIdOf) }, now)
      return {}
    case 'getRequest':
      return requestAnswer(viewOfRequest(requestOf(queue, requestIdOf(call.key))))
    case 'getQueue':
      return queueAnswer(viewOfQueue(queue, 'owner'))
    case 'listHead':
      return headAnswer(lockRules.listHead(queue, { ...by, limit: call.limit }, now))
    case 'lockHead':
      return lockAnswer(lockRules.lockHead(queue, { ...by, limit: call.limit, lockMs: call.lockMs }, now))
    case 'returnLocks': {
      const { clientKey, lockExpiresAt } = call
      const requestIds = call.keys.map(requestIdOf)
      lockRules.returnLocks(queue, { ...on, clientKey, requestIds, lockExpiresAt }, now)
      return {}
    }
    case 'prolongLock': {
      const { key, lockMs, side } = call
      const requestId = requestIdOf(key)
      const { lockExpiresAt } = lockRules.prolongLock(queue, { ...by, requestId, lockMs, side }, now)
      return { lockExpiresAt }
    }
    case 'deleteLock':
      lockRules.deleteLock(queue, { ...by, requestId: requestIdOf(call.key), side: call.side }, now)
      return {}
    case 'unlockRequests': {
      const params = { ...by, hasClientKey: call.hasClientKey }
      const held = asTheyCame(locked(queue).filter((request) => isForUnlock(params, request)))
      return { unlockedCount: lockRules.unlock(queue, params, held, now) }
    }
    case 'putPolicy':
      replacePolicy(queue, policyFrom(call.document))
      queue.policyDocument = call.document
      return {}
    case 'deletePolicy':
      replacePolicy(queue, emptyPolicy)
      queue.policyDocument = null
      return {}
    case 'setCooldown':
      coolDown(queue, call.group, call.until, now)
      return {}
    case 'endCooldown':
      endCooldown(queue, call.group)
      return {}
    case 'act': {
      const what = { action: actionOf(call.action, call.until), selection: selectionOf(call) }
      return actionAnswer(act(queue, { ...on, ...what, isDryRun: false, answerWithinMs: 0 }, now))
    }
  }
}
