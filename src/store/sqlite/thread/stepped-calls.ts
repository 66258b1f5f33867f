import type { QueueView } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { UnlockRequests } from '../../params/head-and-locks.ts'
import type { ListQueues, QueuePage } from '../../params/queues.ts'
import type { DeleteRequests } from '../../params/requests.ts'
import { CallsUnderWay } from '../../steps/calls-under-way.ts'
import { deleteInSteps } from '../../steps/delete.ts'
import type { StepSize } from '../../steps/steps.ts'
import { unlockInSteps } from '../../steps/unlock.ts'
import type { Store } from '../../store.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import type { ListPosition, ListSome, SomeQueues } from '../operations/list-queues.ts'
import { heldLocks } from '../session/held-locks.ts'
import type { CallPort } from './call-port.ts'

/**
 * The calls that take several operations of the storage thread where they are about very much. Each operation is one step;
 * what others have sent meanwhile comes before the next one.
 */
export class SteppedCalls {
  readonly #calls: CallPort
  readonly #file: string
  readonly #stepSize: StepSize
  readonly #underWay = new CallsUnderWay()
  /** Up to which queue the steps of an expiry have come; 0 when the next one begins anew. */
  #expiredUpTo = 0

  constructor(calls: CallPort, file: string, stepSize: StepSize) {
    this.#calls = calls
    this.#file = file
    this.#stepSize = stepSize
  }

  methods(): Pick<Store, 'deleteRequests' | 'expireQueues' | 'listQueues' | 'unlockRequests'> {
    return {
      deleteRequests: (params) => this.#underWay.run(() => this.#delete(params)),
      expireQueues: (params) => this.#underWay.run(() => this.#expire(params)),
      listQueues: (params) => this.#underWay.run(() => this.#list(params)),
      unlockRequests: (params) => this.#underWay.run(() => this.#unlock(params)),
    }
  }

  /** Takes no more calls; resolves when those under way have come to their end. */
  finish(): Promise<void> {
    return this.#underWay.finish()
  }

  /** One step. */
  async #step<Name extends OperationName>(name: Name, params: ParamsOf<Name>): Promise<AnswerOf<Name>> {
    this.#underWay.assertMayStep()
    return this.#calls.call(name, params)
  }

  #delete(params: DeleteRequests): Promise<void> {
    return deleteInSteps(params, (step) =>
      this.#step('deleteRequests', { ...step, stepSize: this.#stepSize }),
    )
  }

  /** Some of the expired queues, and none only when there are none. */
  async #expire({ retentionMs }: { retentionMs: Millis }): Promise<number> {
    const stepSize = this.#stepSize
    let beganAnew = false
    for (;;) {
      beganAnew ||= this.#expiredUpTo === 0
      const step = { retentionMs, after: this.#expiredUpTo, stepSize }
      const { expired, after } = await this.#step('expireQueues', step)
      this.#expiredUpTo = after
      // None says nothing of the others, until it is none of all.
      if (expired > 0 || (beganAnew && after === 0) || this.#underWay.isClosing) return expired
    }
  }

  async #list(params: ListQueues): Promise<QueuePage> {
    const items: QueueView[] = []
    let from: ListPosition | null = null
    for (;;) {
      const step: ListSome = { ...params, limit: params.limit - items.length, from, stepSize: this.#stepSize }
      const some: SomeQueues = await this.#step('listQueues', step)
      items.push(...some.items)
      if (some.next === null) return { total: some.total, items }
      from = some.next
    }
  }

  #unlock(params: UnlockRequests): Promise<{ unlockedCount: number }> {
    const stepSize = this.#stepSize
    return unlockInSteps({
      releaseAll: () => this.#step('unlockRequests', { ...params, stepSize }),
      held: (more) => heldLocks(this.#file, params, more, stepSize),
      // By the ID, so that all steps are about this queue, whatever is named so meanwhile.
      release: (requestIds, { queueId }) =>
        this.#step('releaseLocks', { ...params, queue: { queueId }, requestIds }),
    })
  }
}
