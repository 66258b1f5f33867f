import type { RequestHistory } from '../../domain/history/history.ts'
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
} from '../params/insight.ts'
import type { QueueParams } from '../params/queues.ts'
import type { InspectRequests, RequestParams, RequestsOverview } from '../params/requests.ts'

/**
 * Seeing: section 14 of the rules. Not a touch, not an access, not counted. Not at one moment: calls may change the queue
 * meanwhile.
 */
export interface InsightMethods {
  /** Long items of `next` come without their texts, as in `listHead`. */
  explainQueue(params: QueueParams): Promise<Explanation>
  /**
   * Some of the requests that a filter chooses, by ID. Whoever goes on at `nextAfterId` until it is null meets each request
   * once that is chosen all the time (8.2).
   */
  findRequests(params: FindRequests): Promise<FoundPage>
  /** One request, as `findRequests` shows it. Refuses `requestNotFound`. */
  inspectRequest(params: RequestParams): Promise<FoundRequest>
  /** Reads only what a page for people shows. */
  inspectRequests(params: InspectRequests): Promise<RequestsOverview>
  /** What the request went through (14.7). Refuses `requestNotFound`. */
  getRequestHistory(params: RequestParams): Promise<RequestHistory>
  listFailures(params: ListFailures): Promise<FailureList>
  listHosts(params: ListHosts): Promise<HostPage>
  listClients(params: ListClients): Promise<ClientPage>
}
