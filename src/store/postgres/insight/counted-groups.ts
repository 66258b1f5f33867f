/** Reads groups with how many of their requests are locked or scheduled. */
import { dueRange, notDueRanges } from '../../../domain/availability.ts'
import { forefrontRank, type OrderKey, ranksIn } from '../../../domain/policy/rank.ts'
import { type GroupRow, groupColumns, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import { type GroupCounted, type GroupsAsked, notDueMax } from '../../insight/explain-rows.ts'
import { rowReader } from '../columns.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { toText } from '../encoding/text.ts'
import type { QueueMoment } from '../reads/queue-moment.ts'

const columns = groupRowNames.map((name) => `groups.${name}`).join(', ')
const countedColumns = `${columns}, coalesce(later.count, 0) AS not_due`

/** What follows `groups`. $2 to $4 are the ranks, and the range of each in which requests are not due. */
const joinNotDue = `
  LEFT JOIN LATERAL (
    SELECT count(*) FROM (
      SELECT FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS ranges (rank, from_at, to_at) CROSS JOIN LATERAL (
        SELECT FROM requests WHERE queue_id = $1 AND group_name = groups.name
          AND (requests.rank, available_at) >= (ranges.rank, ranges.from_at)
          AND (requests.rank, available_at) <= (ranges.rank, ranges.to_at)
        ORDER BY requests.rank, available_at, sequence LIMIT ${notDueMax}) AS of_rank
      LIMIT ${notDueMax}) AS limited) AS later ON groups.unhandled_count > 0`

function countedGroups(condition: string, order: string, limit: string): Statement {
  return statement(`
  SELECT ${countedColumns} FROM (
    SELECT * FROM groups WHERE queue_id = $1 AND ${condition} ORDER BY ${order} LIMIT ${limit}) AS groups
  ${joinNotDue} ORDER BY ${order}`)
}

const selectNamed = statement(`
  SELECT ${countedColumns} FROM (
    SELECT * FROM groups WHERE queue_id = $1 AND name = ANY ($5::text[])) AS groups ${joinNotDue}`)
const selectFrom = countedGroups('name >= $5', 'name', '$6')
const selectOpen = countedGroups(
  `first_at IS NOT NULL AND (first_rank, first_at, first_sequence) > ($5::bigint, $6::bigint, $7::bigint)`,
  'first_rank, first_at, first_sequence',
  '$8',
)
/** Entries of the index stay until they are vacuumed, so a search should not begin before that moment. */
const selectWaiting = countedGroups('look_at >= $5::bigint', 'look_at', '$6 OFFSET $7')

export const countDueOf = statement(`
  SELECT count(*) FROM (
    SELECT FROM unnest($3::bigint[]) AS ranks (rank) CROSS JOIN LATERAL (
      SELECT FROM requests WHERE queue_id = $1 AND group_name = $2
        AND (requests.rank, available_at) >= (ranks.rank, $4::bigint)
        AND (requests.rank, available_at) <= (ranks.rank, $5::bigint)
      ORDER BY requests.rank, available_at, sequence LIMIT $6) AS of_rank
    LIMIT $6) AS due`)

/** For the test of their plans. */
export const countedGroupStatements: readonly Statement[] = [
  selectNamed,
  selectFrom,
  selectOpen,
  selectWaiting,
  countDueOf,
]

export interface CountedRow extends GroupRow {
  not_due: number
}

interface Query {
  readonly statement: Statement
  /** Without the queue, which is the first one. */
  readonly values: readonly unknown[]
}

export function countedGroupsQuery({ queue, now, row }: QueueMoment, asked: GroupsAsked): Query {
  const ranks = ranksIn(queue.ranks)
  const [forefront, end] = notDueRanges(now)
  const ranges = ranks.map((rank) => (rank === forefrontRank ? forefront : end))
  const later = [ranks, ranges.map(({ from }) => from), ranges.map(({ to }) => to)]
  switch (asked.kind) {
    case 'named':
      return { statement: selectNamed, values: [...later, asked.names.map(toText)] }
    case 'from':
      return { statement: selectFrom, values: [...later, toText(asked.name), asked.max] }
    case 'open': {
      const { rank, availableAt, sequence } = asked.after ?? beforeAll
      return { statement: selectOpen, values: [...later, rank, availableAt, sequence, asked.max] }
    }
    case 'waiting':
      return { statement: selectWaiting, values: [...later, row.looked_until, asked.max, asked.without] }
  }
}

export function countDueOfQuery({ queue, now }: QueueMoment, name: string, max: number): Query {
  const { from, to } = dueRange(now)
  return { statement: countDueOf, values: [toText(name), ranksIn(queue.ranks), from, to, max] }
}

const readGroupRow = rowReader(groupColumns)

export function countedOfRow(row: CountedRow): GroupCounted {
  return { group: groupOfRow(readGroupRow(row)), notDue: Number(row.not_due) }
}

const beforeAll: OrderKey = { rank: forefrontRank - 1, availableAt: 0, sequence: 0 }
