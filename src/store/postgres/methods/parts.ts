import { OrderedWalks } from '../../jobs/ordered-walks.ts'
import type { AnswerOf, ParamsOf, QueueOperationName } from '../../operations/index.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { CallsUnderWay } from '../../steps/calls-under-way.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { Batchers } from '../batching/batchers.ts'
import { ReadNotes } from '../batching/read-notes.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { findRequestsIn } from '../insight/find-requests-in.ts'
import { PostgresJobSteps } from '../jobs/job-steps.ts'
import { GroupBuilding } from '../maintenance/group-building.ts'
import { Purges } from '../maintenance/purges.ts'
import { QueueLookup } from '../queue-lookup.ts'
import { PostgresQueues } from '../queues.ts'
import { FigureSaves } from '../series/save-figures.ts'
import { QueueWatches } from '../waiting/queue-watches.ts'
import { Background } from './background.ts'

export interface PartsOptions {
  readonly database: Database
  readonly clock: PostgresClock
  readonly stepSize: StepSize
  readonly underWay: CallsUnderWay
  readonly figures: StoreFigures
  readonly onProblem: (problem: string) => void
}

/** What the methods of the store are made of. Its background work begins at once. */
export class PostgresParts {
  readonly database: Database
  readonly clock: PostgresClock
  readonly stepSize: StepSize
  readonly notes = new ReadNotes()
  readonly figures: FigureSaves
  readonly batchers: Batchers
  readonly lookup: QueueLookup
  readonly queues: PostgresQueues
  readonly purges: Purges
  readonly watches: QueueWatches
  readonly jobs: PostgresJobSteps
  readonly walks: OrderedWalks
  readonly background: Background
  readonly #building: GroupBuilding
  readonly #underWay: CallsUnderWay

  constructor({ database, clock, stepSize, underWay, figures, onProblem }: PartsOptions) {
    this.database = database
    this.clock = clock
    this.stepSize = stepSize
    this.#underWay = underWay
    this.figures = new FigureSaves(database, clock)
    this.batchers = new Batchers(database, clock, this.notes, figures, this.figures, () =>
      this.#building.start(),
    )
    this.lookup = new QueueLookup(database)
    this.queues = new PostgresQueues(database, clock, this.lookup, this.notes, this.figures, (queueId) =>
      this.batchers.save(queueId),
    )
    this.jobs = new PostgresJobSteps(
      database,
      clock,
      this.queues,
      stepSize,
      (queueId, name, params) => this.step(queueId, name, params),
      (params) => findRequestsIn(this, params),
    )
    this.walks = new OrderedWalks(this.jobs)
    this.purges = new Purges(database, this.figures, onProblem)
    this.watches = new QueueWatches(database, clock, onProblem)
    this.#building = new GroupBuilding(
      database,
      (queueId, size) => withRetries(() => this.batchers.build(queueId, size)),
      onProblem,
    )
    this.background = new Background(this, this.#building, figures)
  }

  /** Performs one step of a call. */
  async step<Name extends QueueOperationName>(
    queueId: string,
    name: Name,
    params: ParamsOf<Name>,
  ): Promise<AnswerOf<Name>> {
    this.#underWay.assertMayStep()
    return this.batchers.call(queueId, name, params)
  }

  async onQueue<Name extends QueueOperationName>(
    name: Name,
    params: ParamsOf<Name> & QueueParams,
  ): Promise<AnswerOf<Name>> {
    return this.batchers.call(await this.lookup.idAt(params), name, params)
  }

  async close(): Promise<void> {
    this.background.stop()
    await this.watches.close()
    await this.batchers.close()
    await this.purges.stop()
    await this.#building.stop()
    await this.background.finish()
    await this.database.close()
  }
}
