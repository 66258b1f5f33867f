import type { DatabaseSync } from 'node:sqlite'
import type { QueueUser } from '../../../domain/caller.ts'
import type { RequestHistory } from '../../../domain/history/history.ts'
import type { HeadItem } from '../../../domain/request.ts'
import { listClients } from '../../insight/clients.ts'
import { explain } from '../../insight/explain.ts'
import { listFailures } from '../../insight/failures.ts'
import { findRequests } from '../../insight/find-requests.ts'
import { inspectRequest } from '../../insight/found-request.ts'
import { listHosts } from '../../insight/hosts.ts'
import type { Moment } from '../../insight/moment.ts'
import type { FigureSteps, Figures, GetFigures, QueueFigures } from '../../params/figures.ts'
import type {
  ClientPage,
  Explanation,
  FailureList,
  FindRequests,
  FoundPage,
  FoundRequest,
  HostPage,
  ListClients,
  ListFailures,
  ListHosts,
} from '../../params/insight.ts'
import type { ChangedOverviews, ListOverviews, OverviewPage, QueueOverview } from '../../params/overviews.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { InspectRequests, RequestParams, RequestsOverview } from '../../params/requests.ts'
import type { QueueCounts, RecentQueues, StoreState } from '../../params/state.ts'
import type { QueueState } from '../../queue-state.ts'
import type { StoreClock } from '../../store-clock.ts'
import { inspectRequests } from '../maintenance/inspect-requests.ts'
import { inspectStore } from '../maintenance/inspect-store.ts'
import type { Prepared } from '../reads/prepared.ts'
import { recentQueues } from '../reads/recent-queues.ts'
import { requestHistory } from '../reads/request-history.ts'
import { Turns } from '../reads/turns.ts'
import { deletedQueues } from '../series/deleted-queues.ts'
import { Overviews } from '../series/overviews.ts'
import { readFigures, readServerFigures } from '../series/read-figures.ts'
import { SqliteExplainRows } from './explain-rows.ts'
import { SqliteFailureRows } from './failure-rows.ts'
import { SqliteFilterRows } from './filter-rows.ts'
import { SqliteHostRows } from './host-rows.ts'

/** What it needs of the reader whose connection it uses. */
export interface InsightParts {
  readonly db: DatabaseSync
  readonly prepared: Prepared
  readonly file: string
  readonly clock: StoreClock
  /** @throws HeadlockError `queueNotFound` if the caller may not look into the queue */
  numberOf(params: QueueParams): number
  stateOf(queueNumber: number): QueueState
  inSnapshot<Result>(read: () => Result): Result
  /** @throws HeadlockError `storeUnavailable` */
  assertOpen(): void
}

/**
 * The methods of the store that look into queues for people. They are no access, and change nothing (section 14). What may
 * take long is read in steps, so that it delays nobody.
 */
export class SqliteInsight {
  readonly #parts: InsightParts
  readonly #overviews: Overviews

  constructor(parts: InsightParts) {
    this.#parts = parts
    this.#overviews = new Overviews(parts.prepared, () => parts.assertOpen())
  }

  /** @param next what head/lock would hand out, read a moment before */
  async explain(params: QueueParams, next: readonly HeadItem[]): Promise<Explanation> {
    const moment = this.#momentOf(params)
    return explain(this.#explainRows(moment), moment, next)
  }

  async findRequests(params: FindRequests): Promise<FoundPage> {
    return findRequests(this.#filterRows(params), params)
  }

  async inspectRequest(params: RequestParams): Promise<FoundRequest> {
    return inspectRequest(this.#filterRows(params), params)
  }

  async listFailures(params: ListFailures): Promise<FailureList> {
    const { prepared, numberOf } = this.#parts
    return listFailures(new SqliteFailureRows(prepared, numberOf(params), this.#turns()), params.limit)
  }

  async listHosts(params: ListHosts): Promise<HostPage> {
    const moment = this.#momentOf(params)
    return listHosts(new SqliteHostRows(this.#parts.prepared, moment, this.#turns()), moment, params)
  }

  async listClients(params: ListClients): Promise<ClientPage> {
    const moment = this.#momentOf(params)
    return listClients(this.#explainRows(moment), moment, params)
  }

  /** What the request went through (14.7). */
  history(params: RequestParams): RequestHistory {
    const { db, clock, numberOf } = this.#parts
    return requestHistory(db, numberOf(params), params.requestId, clock.now())
  }

  /** From one snapshot. */
  figures(params: GetFigures): QueueFigures {
    const { prepared, clock, numberOf, inSnapshot } = this.#parts
    const number = numberOf(params)
    return inSnapshot(() => readFigures(prepared, number, clock.now(), params))
  }

  /** From one snapshot. */
  serverFigures(params: FigureSteps): Figures {
    const { prepared, clock, assertOpen, inSnapshot } = this.#parts
    assertOpen()
    return inSnapshot(() => readServerFigures(prepared, clock.now(), params))
  }

  /** From one snapshot. */
  inspectRequests(params: InspectRequests): RequestsOverview {
    const { db, clock, numberOf, inSnapshot } = this.#parts
    const number = numberOf(params)
    return inSnapshot(() => inspectRequests(db, number, clock.now(), params))
  }

  /** The named queues that changed last. */
  recentQueues(params: RecentQueues): Promise<QueueCounts[]> {
    const { prepared, clock, assertOpen } = this.#parts
    return recentQueues(prepared, params, () => clock.now(), assertOpen)
  }

  listOverviews(params: ListOverviews): Promise<OverviewPage> {
    return this.#overviews.list(params, this.#parts.clock.now())
  }

  changedOverviews(params: ChangedOverviews): Promise<readonly QueueOverview[]> {
    return this.#overviews.changed(params, this.#parts.clock.now())
  }

  deletedQueues(params: QueueUser): string[] {
    const { prepared, clock, assertOpen } = this.#parts
    assertOpen()
    return deletedQueues(prepared, params, clock.now())
  }

  inspectStore(): Promise<StoreState> {
    return inspectStore(this.#parts.db, this.#parts.file)
  }

  #momentOf(params: QueueParams): Moment {
    const { clock, numberOf, stateOf } = this.#parts
    return { queue: stateOf(numberOf(params)), now: clock.now() }
  }

  #filterRows(params: QueueParams): SqliteFilterRows {
    const { prepared, clock, numberOf, stateOf } = this.#parts
    const number = numberOf(params)
    const moment = () => ({ queue: stateOf(number), now: clock.now() })
    return new SqliteFilterRows(prepared, number, moment, this.#turns())
  }

  #explainRows(moment: Moment): SqliteExplainRows {
    return new SqliteExplainRows(this.#parts.prepared, moment, this.#turns())
  }

  #turns(): Turns {
    return new Turns(this.#parts.assertOpen)
  }
}
