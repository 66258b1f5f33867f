import type { ActionBegin } from '../../../domain/actions/order-of-action.ts'
import type { QueueView } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Job } from '../../jobs/job.ts'
import type { FoundState, JobSteps, RequestsToCopy } from '../../jobs/job-steps.ts'
import type { AnswerOf, ParamsOf, QueueOperationName } from '../../operations/index.ts'
import type { FindRequests, FoundPage } from '../../params/insight.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import type { PostgresQueues } from '../queues.ts'
import { queueMoment } from '../reads/queue-moment.ts'
import { jobOfQueue, ownedJob, runningJobs } from './job-rows.ts'
import { idsAfter, readToCopy, statesOf } from './selected-requests.ts'

/** How many jobs take turns. The others wait. */
const runningMax = 100

type Step = <Name extends QueueOperationName>(
  queueId: string,
  name: Name,
  params: ParamsOf<Name>,
) => Promise<AnswerOf<Name>>

/** The steps of actions and forks: reads, and transactions on the queue. */
export class PostgresJobSteps implements JobSteps {
  readonly stepSize: StepSize
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #queues: PostgresQueues
  readonly #step: Step
  readonly #find: (params: FindRequests) => Promise<FoundPage>

  constructor(
    database: Database,
    clock: PostgresClock,
    queues: PostgresQueues,
    stepSize: StepSize,
    step: Step,
    find: (params: FindRequests) => Promise<FoundPage>,
  ) {
    this.stepSize = stepSize
    this.#database = database
    this.#clock = clock
    this.#queues = queues
    this.#step = step
    this.#find = find
  }

  queueId(params: QueueParams): Promise<string> {
    return this.#queues.idFor(params, 'write')
  }

  async begin(params: QueueParams): Promise<ActionBegin> {
    const queueId = await this.#queues.idFor(params, 'write')
    const { queue, now } = await queueMoment(this.#database, this.#clock, queueId, params, 'write')
    return { at: now, lastSequence: queue.lastSequence }
  }

  async idsAfter(params: QueueParams, id: string, countMax: number): Promise<readonly string[]> {
    return idsAfter(this.#database, await this.#queues.idFor(params, 'read'), id, countMax)
  }

  findRequests(params: FindRequests): Promise<FoundPage> {
    return this.#find(params)
  }

  states(queueId: string, requestIds: readonly string[]): Promise<readonly FoundState[]> {
    return statesOf(this.#database, queueId, requestIds)
  }

  read(queueId: string, requestIds: readonly string[], forkedAt: Millis): Promise<RequestsToCopy> {
    return readToCopy(this.#database, queueId, requestIds, forkedAt, this.stepSize.bytes)
  }

  perform: JobSteps['perform'] = (queueId, name, params) => this.#step(queueId, name, params)

  running(): Promise<readonly Job[]> {
    return runningJobs(this.#database, runningMax)
  }

  job(queueId: string, jobId: string): Promise<Job | null> {
    return jobOfQueue(this.#database, queueId, jobId)
  }

  ownedJob(userId: string, jobId: string): Promise<Job | null> {
    return ownedJob(this.#database, userId, jobId)
  }

  view(userId: string, queueId: string): Promise<QueueView> {
    return this.#queues.get({ userId, queue: { queueId } })
  }
}
