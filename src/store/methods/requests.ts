import type { RequestView } from '../../domain/request.ts'
import type { ClientParams } from '../params/clients.ts'
import type {
  AddedRequest,
  AddRequests,
  DeleteRequests,
  GetRequest,
  ListRequests,
  RequestPage,
  RequestParams,
  UpdatedRequest,
  UpdateRequest,
} from '../params/requests.ts'

/** Requests: sections 2, 6 and 8 of the rules. */
export interface RequestMethods {
  /** Adds the requests that are not there yet. Returns one result for each, in the order given (2.3, 2.7). */
  addRequests(params: AddRequests): Promise<AddedRequest[]>
  /**
   * Not a touch of the queue by a client (7.3). A request that comes without its texts is not counted as read (7.4).
   * Refuses `requestNotFound`.
   */
  getRequest(params: GetRequest): Promise<RequestView>
  updateRequest(params: UpdateRequest): Promise<UpdatedRequest>
  /** Refuses `requestNotFound`. */
  deleteRequest(params: RequestParams & ClientParams): Promise<void>
  /** Deletes the requests that exist and ignores the others (6.6). Takes several steps when they are very large. */
  deleteRequests(params: DeleteRequests): Promise<void>
  /** Lists by ID. A walk over all pages meets every request once, whatever changes meanwhile (8.2). */
  listRequests(params: ListRequests): Promise<RequestPage>
}
