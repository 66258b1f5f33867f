/** Walks through a queue, for a policy that is coming into force or going (operations/policy/build.ts). */

import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { GroupRows, WalkedKind, WalkedRequest } from '../../operations/hand-out/group-rows.ts'
import { type FoundGroups, NotFetched, type StoredRequest } from './found-groups.ts'
import type { RequestsOfTransaction } from './requests.ts'

/** As `GroupRows.requestsAfter`. Requests that this transaction has changed count too. */
export function requestsAfter(
  session: RequestsOfTransaction,
  found: FoundGroups,
  after: string,
  count: number,
  kind: WalkedKind,
): ReturnType<GroupRows['requestsAfter']> {
  if (kind === 'ungrouped') return ungroupedAfter(session, found, after, count)
  const isHandled = kind === 'handled'
  const walk = isHandled ? found.handledRequests : found.requests
  if (walk === null || after < walk.after || (after >= walk.lastId && !walk.isAll)) {
    throw new NotFetched({ kind: isHandled ? 'handledRequests' : 'requests', after, countMax: count })
  }
  const ids = new Set(walk.items.map(({ id }) => id))
  for (const id of session.changedIds()) if (walk.isAll || id <= walk.lastId) ids.add(id)
  const next = [...ids].filter((id) => id > after).sort(compareTexts)
  const contents = new Map(walk.items.map(({ id, content }) => [id, content]))
  const read = next.slice(0, count)
  const requests = read.flatMap((id) => {
    const state = session.state(id)
    const content = session.newContent(id) ?? contents.get(id)
    if (state === null || content === undefined) return []
    return (state.place === null) === isHandled ? [{ content, state }] : []
  })
  if (next.length > count) return { requests, lastId: read.at(-1)!, count }
  if (walk.isAll) return { requests, lastId: read.at(-1) ?? after, count: read.length }
  // Fewer than asked for would be the end.
  return { requests, lastId: walk.lastId, count }
}

/** No call has changed a request before: steps of building have transactions of their own. */
function ungroupedAfter(
  session: RequestsOfTransaction,
  { ungrouped }: FoundGroups,
  after: string,
  count: number,
): ReturnType<GroupRows['requestsAfter']> {
  if (ungrouped === null) throw new NotFetched({ kind: 'ungrouped', after, countMax: count })
  const { items, lastId, isAll } = ungrouped
  return { requests: items.map(statedIn(session)), lastId, count: isAll ? 0 : count }
}

/** As `GroupRows.unhandledAfter`. The same holds here. */
export function unhandledAfter(
  session: RequestsOfTransaction,
  { inOrder }: FoundGroups,
  after: Place | null,
  countMax: number,
): ReturnType<GroupRows['unhandledAfter']> {
  if (inOrder === null) throw new NotFetched({ kind: 'inOrder', after, countMax })
  return { requests: inOrder.items.map(statedIn(session)), isAll: inOrder.isAll }
}

function statedIn(session: RequestsOfTransaction): (request: StoredRequest) => WalkedRequest {
  return ({ id, content }) => ({ content, state: session.state(id)! })
}

/** As `GroupRows.after`. */
export function groupsAfter(
  found: FoundGroups,
  changed: Iterable<string>,
  get: (name: string) => GroupState,
  after: string,
  countMax: number,
): readonly GroupState[] {
  const walk = found.names
  const last = walk?.items.at(-1)
  if (walk === null || after < walk.after || (!walk.isAll && (last === undefined || after >= last))) {
    throw new NotFetched({ kind: 'names', after, countMax })
  }
  const names = new Set(walk.items)
  for (const name of changed) if (walk.isAll || name <= last!) names.add(name)
  const next = [...names].filter((name) => name > after).sort(compareTexts)
  if (next.length < countMax && !walk.isAll) throw new NotFetched({ kind: 'names', after, countMax })
  return next.slice(0, countMax).map(get)
}

/**
 * As `GroupRows.clear`.
 *
 * @param isGone whether this transaction has deleted the group, and not made it again
 * @param changed the names of groups that this transaction has changed or made
 */
export function clearGroups(
  session: RequestsOfTransaction,
  found: FoundGroups,
  countMax: number,
  isGone: (name: string) => boolean,
  changed: Iterable<string>,
  remove: (name: string) => void,
): number {
  if (found.toClear === null) throw new NotFetched({ kind: 'toClear', countMax })
  const { requests, groups } = found.toClear
  const ids = new Set(requests.items)
  for (const id of session.changedIds()) ids.add(id)
  const inGroups = [...ids].filter((id) => (session.state(id)?.group ?? null) !== null)
  const clearedIds = inGroups.slice(0, countMax)
  if (clearedIds.length < countMax && !requests.isAll) {
    throw new NotFetched({ kind: 'toClear', countMax: 2 * (countMax + requests.items.length) })
  }
  const left = countMax - clearedIds.length
  const there = [...new Set([...groups.items, ...changed])].filter((name) => !isGone(name))
  const names = there.slice(0, left)
  if (names.length < left && !groups.isAll) {
    throw new NotFetched({ kind: 'toClear', countMax: 2 * (countMax + groups.items.length) })
  }
  for (const id of clearedIds) session.move(id, { ...session.state(id)!, group: null, lockGroup: null })
  for (const name of names) remove(name)
  return clearedIds.length + names.length
}

/** As the database compares them. IDs and names of hosts are ASCII. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
