import type { QueueUser, Right } from '../../../domain/caller.ts'
import type { RequestHistory } from '../../../domain/history/history.ts'
import { listClients } from '../../insight/clients.ts'
import { explain } from '../../insight/explain.ts'
import { listFailures } from '../../insight/failures.ts'
import { findRequests } from '../../insight/find-requests.ts'
import { inspectRequest } from '../../insight/found-request.ts'
import { listHosts } from '../../insight/hosts.ts'
import type { AnswerOf } from '../../operations/index.ts'
import type { GetFigures, QueueFigures } from '../../params/figures.ts'
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
import type { InspectRequests, RequestParams, RequestsOverview } from '../../params/requests.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { inspectRequests } from '../maintenance/inspect-requests.ts'
import type { QueueLookup } from '../queue-lookup.ts'
import { queueMoment } from '../reads/queue-moment.ts'
import { requestHistory } from '../reads/request-history.ts'
import { readFigures } from '../series/read-figures.ts'
import type { FigureSaves } from '../series/save-figures.ts'
import { PostgresExplainRows } from './explain-rows.ts'
import { PostgresFailureRows } from './failure-rows.ts'
import { PostgresFilterRows } from './filter-rows.ts'
import { PostgresHostRows } from './host-rows.ts'

/** Whoever looks needs no more rights than this. */
const right: Right = 'inspect'

/** The methods of the store that look into one queue for people. They are no access, and change nothing (section 14). */
export class PostgresInsight {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #lookup: QueueLookup
  readonly #figures: FigureSaves

  constructor(database: Database, clock: PostgresClock, lookup: QueueLookup, figures: FigureSaves) {
    this.#database = database
    this.#clock = clock
    this.#lookup = lookup
    this.#figures = figures
  }

  /** @param next what head/lock would hand out now */
  async explain(
    user: QueueUser,
    { queueId, items }: Extract<AnswerOf<'peekHead'>, { queueId: string }>,
  ): Promise<Explanation> {
    const moment = await this.#momentOf(queueId, user)
    return explain(new PostgresExplainRows(this.#database, moment), moment, items)
  }

  async findRequests(params: FindRequests): Promise<FoundPage> {
    const queueId = await this.#lookup.idAt(params)
    return findRequests(new PostgresFilterRows(this.#database, this.#clock, queueId, params), params)
  }

  async inspectRequest(params: RequestParams): Promise<FoundRequest> {
    const queueId = await this.#lookup.idAt(params)
    return inspectRequest(new PostgresFilterRows(this.#database, this.#clock, queueId, params), params)
  }

  async listFailures(params: ListFailures): Promise<FailureList> {
    const queueId = await this.#lookup.idAt(params)
    // Refuses whoever may not look.
    await this.#momentOf(queueId, params)
    return listFailures(new PostgresFailureRows(this.#database, queueId), params.limit)
  }

  async listClients(params: ListClients): Promise<ClientPage> {
    const queueId = await this.#lookup.idAt(params)
    const user: QueueUser = { userId: params.userId }
    await this.#momentOf(queueId, user)
    await withRetries(() => this.#figures.clients.save(queueId))
    const moment = await this.#momentOf(queueId, user)
    return listClients(new PostgresExplainRows(this.#database, moment), moment, params)
  }

  async listHosts(params: ListHosts): Promise<HostPage> {
    const moment = await this.#momentOf(await this.#lookup.idAt(params), params)
    return listHosts(new PostgresHostRows(this.#database, moment), moment, params)
  }

  async history(params: RequestParams): Promise<RequestHistory> {
    return requestHistory(this.#database, this.#clock, await this.#lookup.idAt(params), params)
  }

  async figures(params: GetFigures): Promise<QueueFigures> {
    const queueId = await this.#lookup.idAt(params)
    await withRetries(() => this.#figures.save(queueId))
    return readFigures(this.#database, this.#clock, queueId, params)
  }

  async inspectRequests(params: InspectRequests): Promise<RequestsOverview> {
    const queueId = await this.#lookup.idAt(params)
    const { now } = await this.#momentOf(queueId, params)
    return inspectRequests(this.#database, queueId, now, params)
  }

  #momentOf(queueId: string, user: QueueUser) {
    return queueMoment(this.#database, this.#clock, queueId, user, right)
  }
}
