/** Walks through a queue, for a policy that is coming into force or going (operations/policy/build.ts). */
import type { Place } from '../../../domain/order.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import {
  contentNames,
  contentOf,
  type KnownStateRow,
  knownStateNames,
  type RequestRow,
  stateOf,
} from '../../columns/requests.ts'
import type { WalkedKind, WalkedRequest } from '../../operations/hand-out/group-rows.ts'
import { isSmall } from '../../operations/policy/build.ts'
import type { QueueState } from '../../queue-state.ts'
import type { Session } from '../session/session.ts'

/** Bounds the memory that the requests of one step take. At least one is read. */
const gatheredBytesMax = 8_000_000

const selectIdsAfter = `
  SELECT id, handled_at, group_name FROM requests INDEXED BY requests_by_id
  WHERE queue_number = ? AND id > ? ORDER BY id LIMIT +?`
/**
 * The same for a queue with few unhandled requests. It may have millions of handled ones, and all of it is done
 * within one call (operations/policy/build.ts).
 */
const selectUnhandledIdsAfter = `
  SELECT id, handled_at, group_name FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at IS NOT NULL AND id > ? ORDER BY id LIMIT +?`
const walkedNames = [...new Set(['number', 'id', 'handled_at', ...knownStateNames, ...contentNames])]
const selectByPlace = `
  SELECT ${walkedNames.join(', ')} FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at IS NOT NULL AND (available_at, sequence) > (?, ?)
  ORDER BY available_at, sequence LIMIT +?`
const clearRequests = `
  UPDATE requests SET group_name = NULL, rank = NULL, lock_group = NULL, group_number = NULL WHERE number IN (
    SELECT number FROM requests INDEXED BY requests_in_groups
    WHERE queue_number = ? AND group_number IS NOT NULL LIMIT +?)`
const clearGroups = `
  DELETE FROM groups WHERE number IN (
    SELECT number FROM groups INDEXED BY groups_by_name WHERE queue_number = ? LIMIT +?)`

type WalkedRow = RequestRow & KnownStateRow & { readonly number: number }

/** Requests of the running transaction. */
export interface NumberedRequests {
  /** Reads the state of a request, and knows then where it is. */
  state(requestId: string): RequestState | null
  content(requestId: string): RequestContent
  /** Has to be called before a request is written that was read elsewhere. */
  knowNumber(requestId: string, number: number): void
}

/** As `GroupRows.requestsAfter`. */
export function requestsAfter(
  session: Session,
  queue: QueueState,
  requests: NumberedRequests,
  id: string,
  count: number,
  kind: WalkedKind,
) {
  const select = kind !== 'handled' && isSmall(queue) ? selectUnhandledIdsAfter : selectIdsAfter
  const found = session.statement(select).all(queue.number, id, count)
  const wanted = found
    .filter((row) => (row['handled_at'] === null) === (kind !== 'handled'))
    .filter((row) => kind !== 'ungrouped' || row['group_name'] === null)
    .map((row) => {
      const requestId = row['id'] as string
      return { content: requests.content(requestId), state: requests.state(requestId)! }
    })
  return { requests: wanted, lastId: (found.at(-1)?.['id'] ?? '') as string, count: found.length }
}

/** As `GroupRows.unhandledAfter`. */
export function unhandledAfter(
  session: Session,
  queue: QueueState,
  known: NumberedRequests,
  place: Place | null,
  countMax: number,
): { readonly requests: readonly WalkedRequest[]; readonly isAll: boolean } {
  const { availableAt, sequence } = place ?? { availableAt: Number.MIN_SAFE_INTEGER, sequence: 0 }
  const requests: WalkedRequest[] = []
  let bytes = 0
  const rows = session.statement(selectByPlace).iterate(queue.number, availableAt, sequence, countMax)
  for (const row of rows as Iterable<unknown> as Iterable<WalkedRow>) {
    known.knowNumber(row.id, row.number)
    requests.push({ content: contentOf(row), state: stateOf(row) })
    bytes += row.bytes
    if (bytes >= gatheredBytesMax) break
  }
  return { requests, isAll: requests.length < countMax && bytes < gatheredBytesMax }
}

/** As `GroupRows.clear`. */
export function clearRows(session: Session, { number }: QueueState, countMax: number): number {
  session.groups.forget(number)
  const requests = Number(session.statement(clearRequests).run(number, countMax).changes)
  return requests + Number(session.statement(clearGroups).run(number, countMax - requests).changes)
}
