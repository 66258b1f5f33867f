import type { ActionBegin } from '../../../domain/actions/order-of-action.ts'
import type { QueueView } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Job } from '../../jobs/job.ts'
import type { FoundState, JobSteps, RequestsToCopy } from '../../jobs/job-steps.ts'
import type { FindRequests, FoundPage } from '../../params/insight.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { StepSize } from '../../steps/steps.ts'
import { readable } from '../file/storage-problem.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import type { Reader } from '../reads/reader.ts'

/** How many jobs take turns. The others wait. */
const runningMax = 100

type Step = <Name extends OperationName>(name: Name, params: ParamsOf<Name>) => Promise<AnswerOf<Name>>

/** The steps of actions and forks: reads in the thread of the caller, and operations of the storage thread. */
export class SqliteJobSteps implements JobSteps {
  readonly stepSize: StepSize
  readonly #reader: Reader
  readonly #step: Step

  constructor(reader: Reader, stepSize: StepSize, step: Step) {
    this.stepSize = stepSize
    this.#reader = reader
    this.#step = step
  }

  queueId(params: QueueParams): Promise<string> {
    return readable(() => this.#reader.jobs.queueId(params))
  }

  begin(params: QueueParams): Promise<ActionBegin> {
    return readable(() => this.#reader.jobs.begin(params))
  }

  idsAfter(params: QueueParams, id: string, countMax: number): Promise<readonly string[]> {
    return readable(() => this.#reader.jobs.idsAfter(params, id, countMax))
  }

  findRequests(params: FindRequests): Promise<FoundPage> {
    return readable(() => this.#reader.insight.findRequests(params))
  }

  states(queueId: string, requestIds: readonly string[]): Promise<readonly FoundState[]> {
    return readable(() => this.#reader.jobs.statesOf(queueId, requestIds))
  }

  read(queueId: string, requestIds: readonly string[], forkedAt: Millis): Promise<RequestsToCopy> {
    return readable(() => this.#reader.jobs.readToCopy(queueId, requestIds, forkedAt, this.stepSize.bytes))
  }

  perform: JobSteps['perform'] = (_queueId, name, params) => this.#step(name, params as never) as never

  running(): Promise<readonly Job[]> {
    return readable(() => this.#reader.jobs.running(runningMax))
  }

  job(_queueId: string, jobId: string): Promise<Job | null> {
    return readable(() => this.#reader.jobs.job(jobId))
  }

  ownedJob(_userId: string, jobId: string): Promise<Job | null> {
    return readable(() => this.#reader.jobs.job(jobId))
  }

  view(userId: string, queueId: string): Promise<QueueView> {
    return this.#step('getQueue', { userId, queue: { queueId } })
  }
}
