import type { GroupState } from '../../../domain/policy/group.ts'
import { handOutOneAtATime } from '../../../domain/policy/group-limits.ts'
import { compareKeys, type OrderKey, ranksIn } from '../../../domain/policy/rank.ts'
import { groupRowNames } from '../../columns/groups.ts'
import type { Due, OpenGroup } from '../../operations/hand-out/group-rows.ts'
import type { QueueState } from '../../queue-state.ts'
import type { Session } from '../session/session.ts'
import { dueColumnCount, dueColumns, dueOfRow } from './due-rows.ts'
import { cachedColumns } from './group-cache.ts'
import type { ValueRow } from './statements.ts'

/**
 * The first open groups, each with its first request, because most calls take no more of it. The request after
 * that is found in the index alone, as a text with both parts of its place.
 */
const selectOpen = `
  SELECT ${cachedColumns}, ${dueColumns},
    CASE WHEN ?4 THEN (
      SELECT available_at || ' ' || sequence FROM requests AS later INDEXED BY requests_in_groups
      WHERE later.queue_number = ?1 AND later.group_number = groups.number AND later.rank = groups.first_rank
        AND later.available_at BETWEEN groups.first_at AND ?2
        AND (later.available_at, later.sequence) > (groups.first_at, groups.first_sequence)
      ORDER BY later.available_at, later.sequence LIMIT 1) END
  FROM groups INDEXED BY groups_open
  LEFT JOIN requests INDEXED BY requests_in_order ON requests.queue_number = ?1
    AND requests.available_at = groups.first_at AND requests.sequence = groups.first_sequence
  WHERE groups.queue_number = ?1 AND groups.first_at IS NOT NULL
  ORDER BY groups.first_rank, groups.first_at, groups.first_sequence
  LIMIT +?3`

const requestIndex = 1 + groupRowNames.length
const secondIndex = requestIndex + dueColumnCount

/**
 * The groups that may be handed out, in order. Groups that this transaction has changed may not be in the table
 * yet.
 */
export function openGroups(session: Session, queue: QueueState, countMax: number): OpenGroup[] {
  const unsaved = session.groups.unsaved(queue.number)
  const passedOver = unsaved.filter(({ stored }) => stored !== null && stored.first !== null).length
  const hasSecond = !handOutOneAtATime(queue.newestPolicy)
  const rows = session
    .listStatement(selectOpen)
    .all(queue.number, session.now, countMax + passedOver, hasSecond ? 1 : 0) as unknown as ValueRow[]
  // A later rank may have the second request.
  const hasOtherRanks = ranksIn(queue.ranks).length > 1
  const open: OpenGroup[] = []
  for (const row of rows) {
    const group = session.groups.read(queue.number, row)
    if (group === null) continue
    const key = group.first!
    // Damage is found where the request is read.
    const first: Due = row[requestIndex] === null ? { key } : dueOfRow(row, requestIndex, key)
    const second = secondOf(row[secondIndex] as string | null, key)
    if (second === null) open.push({ group, due: [first], readMax: hasSecond && !hasOtherRanks ? 2 : 1 })
    else open.push({ group, due: [first, { key: second }], readMax: 2 })
  }
  if (unsaved.length === 0) return open
  for (const { now: group } of unsaved) {
    if (group.first !== null) open.push({ group, due: [{ key: group.first }], readMax: 1 })
  }
  return open.sort((a, b) => compareKeys(firstOf(a), firstOf(b))).slice(0, countMax)
}

function secondOf(place: string | null, { rank }: OrderKey): OrderKey | null {
  if (place === null) return null
  const space = place.indexOf(' ')
  return { rank, availableAt: Number(place.slice(0, space)), sequence: Number(place.slice(space + 1)) }
}

function firstOf({ group }: { readonly group: GroupState }): OrderKey {
  return group.first!
}
