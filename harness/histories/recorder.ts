import { HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { QueueView } from '../../src/domain/queue.ts'
import type { RequestContent, RequestView } from '../../src/domain/request.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import type { Head, LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import { content } from '../conversation.ts'
import { actionOf, selectionOf } from '../model/acting.ts'
import { policyFrom } from '../model/policy-document.ts'
import { withPriority } from '../model/priority-field.ts'
import { type Answer, type Call, itemText, type RecordedCall, refusal, type Sent } from './history.ts'

/** Makes calls on one queue and records them. */
export class Recorder {
  readonly history: RecordedCall[] = []
  readonly #queue: QueueParams
  readonly #clock: ManualClock
  readonly #times: number[]
  #lastEvent = 0

  constructor(queue: QueueParams, clock: ManualClock) {
    this.#queue = queue
    this.#clock = clock
    this.#times = [clock.wallMs()]
  }

  get latestTime(): number {
    return this.#times.at(-1)!
  }

  /** Rethrows everything that is not an error of the catalogue, and `storeUnavailable` too. */
  async call(caller: string, by: Store, call: Call): Promise<Answer> {
    const firstTime = this.#times.length - 1
    const startedAt = ++this.#lastEvent
    const answer = await this.#answer(by, call)
    const endedAt = ++this.#lastEvent
    this.history.push({ caller, call, answer, startedAt, endedAt, times: this.#times.slice(firstTime) })
    return answer
  }

  /**
   * Moves the time, also while calls are under way. It does not use `clock.advance`: a thread that reads both
   * clocks in the middle of that sees only one of them moved, which looks as if somebody had set the wall
   * clock.
   */
  advance(ms: number): void {
    const cells = new Float64Array(this.#clock.shared)
    cells[1]! += ms
    cells[0]! += ms
    this.#times.push(this.#clock.wallMs())
  }

  async #answer(store: Store, call: Call): Promise<Answer> {
    try {
      return await answerOf(store, this.#queue, call)
    } catch (error) {
      if (!(error instanceof HeadlockError) || error.errorName === 'storeUnavailable') throw error
      return refusal(error.errorName)
    }
  }
}

async function answerOf(store: Store, queue: QueueParams, call: Call): Promise<Answer> {
  switch (call.do) {
    case 'addRequests': {
      const requests = call.requests.map(contentOf)
      const added = await store.addRequests({ ...queue, client: call.by, requests, side: call.side })
      return { added: added.map(presenceOf) }
    }
    case 'updateRequest': {
      const request = contentOf(call.request)
      const updated = await store.updateRequest({ ...queue, client: call.by, request, side: call.side })
      return { updated: presenceOf(updated) }
    }
    case 'deleteRequest':
      await store.deleteRequest({ ...queue, client: call.by, requestId: requestIdOf(call.key) })
      return {}
    case 'deleteRequests':
      await store.deleteRequests({ ...queue, client: call.by, requestIds: call.keys.map(requestIdOf) })
      return {}
    case 'getRequest': {
      const request = await store.getRequest({ ...queue, requestId: requestIdOf(call.key) })
      return requestAnswer(request)
    }
    case 'getQueue':
      return queueAnswer(await store.getQueue(queue))
    case 'listHead':
      return headAnswer(await store.listHead({ ...queue, client: call.by, limit: call.limit }))
    case 'lockHead': {
      const { limit, lockMs } = call
      return lockAnswer(await store.lockHead({ ...queue, client: call.by, limit, lockMs }))
    }
    case 'returnLocks': {
      const { clientKey, lockExpiresAt } = call
      const requestIds = call.keys.map(requestIdOf)
      await store.returnLocks({ ...queue, clientKey, requestIds, lockExpiresAt })
      return {}
    }
    case 'prolongLock': {
      const { key, lockMs, side } = call
      const requestId = requestIdOf(key)
      const { lockExpiresAt } = await store.prolongLock({
        ...queue,
        client: call.by,
        requestId,
        lockMs,
        side,
      })
      return { lockExpiresAt }
    }
    case 'deleteLock': {
      const requestId = requestIdOf(call.key)
      await store.deleteLock({ ...queue, client: call.by, requestId, side: call.side })
      return {}
    }
    case 'unlockRequests': {
      const { hasClientKey } = call
      const { unlockedCount } = await store.unlockRequests({ ...queue, client: call.by, hasClientKey })
      return { unlockedCount }
    }
    case 'putPolicy': {
      const { document } = call
      await store.putPolicy({ ...queue, document, policy: policyFrom(document), version: null })
      return {}
    }
    case 'deletePolicy':
      await store.deletePolicy({ ...queue, version: null })
      return {}
    case 'setCooldown':
      await store.setCooldown({ ...queue, group: call.group, until: call.until })
      return {}
    case 'endCooldown':
      await store.endCooldown({ ...queue, group: call.group })
      return {}
    case 'act': {
      const what = { action: actionOf(call.action, call.until), selection: selectionOf(call) }
      const outcome = await store.actOnRequests({
        ...queue,
        ...what,
        isDryRun: false,
        answerWithinMs: Number.POSITIVE_INFINITY,
      })
      if (!('matched' in outcome)) throw new Error('an action became a job')
      return actionAnswer(outcome)
    }
  }
}

export function actionAnswer({ matched, done }: { matched: number; done: number }): Answer {
  return { matched, done }
}

export function contentOf({ key, version, handled, host, wishes }: Sent): RequestContent {
  return content(key, {
    retryCount: version,
    handledAt: handled ? Date.UTC(2030, 0, 1) : null,
    ...(host === undefined ? {} : { url: `https://${host}/${key}` }),
    ...(wishes === undefined ? {} : { wishes, otherFields: withPriority('', wishes.priority) }),
  })
}

export function requestAnswer({ retryCount, handledAt, lockExpiresAt, lockByClient }: RequestView): Answer {
  return { version: retryCount, handled: handledAt !== null, lockExpiresAt, lockByClient }
}

export function queueAnswer(view: QueueView): Answer {
  return {
    total: view.totalRequestCount,
    handled: view.handledRequestCount,
    writeCount: view.stats.writeCount,
    deleteCount: view.stats.deleteCount,
    hadMultipleClients: view.hadMultipleClients,
    modifiedAt: view.modifiedAt,
  }
}

export function lockAnswer(head: LockedHead): Answer {
  const { lockExpiresAt, queueHasLockedRequests } = head
  return { ...headAnswer(head), lockExpiresAt, hasLocked: queueHasLockedRequests }
}

export function presenceOf(answer: { wasAlreadyPresent: boolean; wasAlreadyHandled: boolean }): string {
  if (!answer.wasAlreadyPresent) return 'new'
  return answer.wasAlreadyHandled ? 'handled' : 'present'
}

export function headAnswer({ items, queueModifiedAt, hadMultipleClients }: Head): Answer {
  return {
    items: items.map(({ uniqueKey, retryCount }) => itemText(uniqueKey, retryCount)),
    hadMultipleClients,
    modifiedAt: queueModifiedAt,
  }
}
