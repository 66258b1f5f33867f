import type { QueueView } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import { OrderedWalks } from '../../jobs/ordered-walks.ts'
import { runAction } from '../../jobs/run-action.ts'
import { runFork } from '../../jobs/run-fork.ts'
import { stepJobs } from '../../jobs/run-jobs.ts'
import { stopJob } from '../../jobs/stop-job.ts'
import type { MoreToLookAt } from '../../operations/hand-out/take-by-groups.ts'
import type { UnlockRequests } from '../../params/head-and-locks.ts'
import type { ListQueues, QueuePage } from '../../params/queues.ts'
import type { DeleteRequests } from '../../params/requests.ts'
import { CallsUnderWay } from '../../steps/calls-under-way.ts'
import { deleteInSteps } from '../../steps/delete.ts'
import { untilLooked } from '../../steps/look.ts'
import type { StepSize } from '../../steps/steps.ts'
import { unlockInSteps } from '../../steps/unlock.ts'
import type { Store } from '../../store.ts'
import { readable } from '../file/storage-problem.ts'
import { SqliteJobSteps } from '../jobs/job-steps.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import type { ListPosition, ListQueuesStep, QueuesOfStep } from '../operations/list-queues.ts'
import type { Reader } from '../reads/reader.ts'
import { heldLocks } from '../session/held-locks.ts'
import type { CallPort } from './call-port.ts'

/** The calls that read the head. */
export type HeadCall = 'listHead' | 'lockHead' | 'peekHead'

export type SteppedMethods = Pick<
  Store,
  | 'actOnRequests'
  | 'continueJobs'
  | 'deleteRequests'
  | 'expireQueues'
  | 'forkQueue'
  | 'listQueues'
  | 'stopJob'
  | 'unlockRequests'
>

/**
 * The calls that may take several operations of the storage thread. Each operation is one step. Calls that
 * others have sent meanwhile run before the next step.
 */
export class SteppedCalls {
  readonly #calls: CallPort
  readonly #file: string
  readonly #stepSize: StepSize
  readonly #reader: Reader
  readonly #jobs: SqliteJobSteps
  readonly #walks: OrderedWalks
  readonly #underWay = new CallsUnderWay()
  /** The number of the last queue that the expiry has read. 0 if it begins again at the start. */
  #expiredUpTo = 0

  constructor(calls: CallPort, file: string, stepSize: StepSize, reader: Reader) {
    this.#calls = calls
    this.#file = file
    this.#stepSize = stepSize
    this.#reader = reader
    this.#jobs = new SqliteJobSteps(reader, stepSize, (name, params) => this.#step(name, params))
    this.#walks = new OrderedWalks(this.#jobs)
  }

  methods(): SteppedMethods {
    return {
      actOnRequests: (params) => this.#underWay.run(() => runAction(this.#jobs, params)),
      continueJobs: () => this.#underWay.run(() => this.#continueJobs()),
      forkQueue: (params) =>
        this.#underWay.run(() => runFork(this.#jobs, params, (begin) => this.#step('beginFork', begin))),
      stopJob: (params) => this.#underWay.run(() => stopJob(this.#jobs, params)),
      deleteRequests: (params) => this.#underWay.run(() => this.#delete(params)),
      expireQueues: (params) => this.#underWay.run(() => this.#expire(params)),
      listQueues: (params) => this.#underWay.run(() => this.#list(params)),
      unlockRequests: (params) => this.#underWay.run(() => this.#unlock(params)),
    }
  }

  /** Goes on with a call that reads the head, and that could not look at all groups in one step. */
  lookOn<Name extends HeadCall>(
    name: Name,
    params: ParamsOf<Name>,
  ): Promise<Exclude<AnswerOf<Name>, MoreToLookAt>> {
    return this.#underWay.run(() => untilLooked(() => this.#step(name, params))) as Promise<
      Exclude<AnswerOf<Name>, MoreToLookAt>
    >
  }

  /** Refuses new calls. Resolves when those under way have ended. */
  finish(): Promise<void> {
    return this.#underWay.finish()
  }

  /** Performs one step. */
  async #step<Name extends OperationName>(name: Name, params: ParamsOf<Name>): Promise<AnswerOf<Name>> {
    this.#underWay.assertMayStep()
    return this.#calls.call(name, params)
  }

  async #continueJobs(): Promise<boolean> {
    if (await readable(() => this.#reader.jobs.haveEnded())) await this.#step('deleteEndedJobs', {})
    return stepJobs(this.#jobs, this.#walks)
  }

  #delete(params: DeleteRequests): Promise<void> {
    return deleteInSteps(params, (step) =>
      this.#step('deleteRequests', { ...step, stepSize: this.#stepSize }),
    )
  }

  /** Deletes some of the expired queues. Returns 0 only if none is left. */
  async #expire({ retentionMs }: { retentionMs: Millis }): Promise<number> {
    const stepSize = this.#stepSize
    let beganAnew = false
    for (;;) {
      beganAnew ||= this.#expiredUpTo === 0
      const step = { retentionMs, after: this.#expiredUpTo, stepSize }
      const { expired, after } = await this.#step('expireQueues', step)
      this.#expiredUpTo = after
      // Finding none proves nothing until all queues have been read.
      if (expired > 0 || (beganAnew && after === 0) || this.#underWay.isClosing) return expired
    }
  }

  async #list(params: ListQueues): Promise<QueuePage> {
    const items: QueueView[] = []
    let from: ListPosition | null = null
    for (;;) {
      const step: ListQueuesStep = {
        ...params,
        limit: params.limit - items.length,
        from,
        stepSize: this.#stepSize,
      }
      const some: QueuesOfStep = await this.#step('listQueues', step)
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
      // By ID, so that all steps act on this queue, even if another one gets its name meanwhile.
      release: (requestIds, { queueId }) =>
        this.#step('releaseLocks', { ...params, queue: { queueId }, requestIds }),
    })
  }
}
