/** Reads groups with how many of their requests are locked or scheduled. */
import { dueRange } from '../../../domain/availability.ts'
import { forefrontRank, type OrderKey, ranksIn } from '../../../domain/policy/rank.ts'
import { type GroupRow, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import { type GroupCounted, type GroupsAsked, notDueMax } from '../../insight/explain-rows.ts'
import type { Moment } from '../../insight/moment.ts'
import type { Prepared } from '../reads/prepared.ts'

const inGroup = `
  FROM requests INDEXED BY requests_in_groups WHERE queue_number = ?1 AND group_number = groups.number`
/** ?2 is the time, ?3 the ranks but that of the forefront side, which has times below zero. */
const countedColumns = `${groupRowNames.map((name) => `groups.${name}`).join(', ')},
  CASE WHEN unhandled_count = 0 THEN 0 ELSE
    (SELECT count(*) FROM (
      SELECT 1 ${inGroup} AND rank = ${forefrontRank} AND available_at < -?2 LIMIT ${notDueMax}))
    + (SELECT count(*) FROM (
      SELECT 1 ${inGroup} AND rank IN (SELECT value FROM json_each(?3)) AND available_at > ?2 LIMIT ${notDueMax})) END AS not_due`
const selectNamed = `SELECT ${countedColumns} FROM groups WHERE queue_number = ?1 AND name = ?4`
const selectFrom = `
  SELECT ${countedColumns} FROM groups INDEXED BY groups_by_name
  WHERE queue_number = ?1 AND name >= ?4 ORDER BY name LIMIT +?5`
const selectOpen = `
  SELECT ${countedColumns} FROM groups INDEXED BY groups_open
  WHERE queue_number = ?1 AND first_at IS NOT NULL AND (first_rank, first_at, first_sequence) > (?4, ?5, ?6)
  ORDER BY first_rank, first_at, first_sequence LIMIT +?7`
const selectWaiting = `
  SELECT ${countedColumns} FROM groups INDEXED BY groups_to_look_at
  WHERE queue_number = ?1 AND look_at IS NOT NULL ORDER BY look_at LIMIT +?4 OFFSET +?5`
const countDue = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM requests INDEXED BY requests_in_groups
    WHERE queue_number = ?1
      AND group_number = (SELECT number FROM groups WHERE groups.queue_number = ?1 AND name = ?2)
      AND rank IN (SELECT value FROM json_each(?3)) AND available_at BETWEEN ?4 AND ?5 LIMIT +?6)`

/** For the test of their plans. */
export const countedGroupStatements: readonly string[] = [
  selectNamed,
  selectFrom,
  selectOpen,
  selectWaiting,
  countDue,
]

interface CountedRow extends GroupRow {
  not_due: number
}

/** All of it at once. */
export function countedGroups(db: Prepared, { queue, now }: Moment, asked: GroupsAsked): GroupCounted[] {
  const ranks = ranksIn(queue.ranks).filter((rank) => rank !== forefrontRank)
  const all = (sql: string, ...values: readonly (string | number)[]) => {
    const rows = db.statement(sql).all(queue.number, now, JSON.stringify(ranks), ...values)
    return (rows as unknown as CountedRow[]).map((row) => ({ group: groupOfRow(row), notDue: row.not_due }))
  }
  switch (asked.kind) {
    case 'named':
      return asked.names.flatMap((name) => all(selectNamed, name))
    case 'from':
      return all(selectFrom, asked.name, asked.max)
    case 'open': {
      const { rank, availableAt, sequence } = asked.after ?? beforeAll
      return all(selectOpen, rank, availableAt, sequence, asked.max)
    }
    case 'waiting':
      return all(selectWaiting, asked.max, asked.without)
  }
}

/** How many requests of the group are due, counted to `max`. */
export function countDueOf(db: Prepared, { queue, now }: Moment, name: string, max: number): number {
  const { from, to } = dueRange(now)
  const ranks = JSON.stringify(ranksIn(queue.ranks))
  return Number(db.statement(countDue).get(queue.number, name, ranks, from, to, max)!['count'])
}

const beforeAll: OrderKey = { rank: forefrontRank - 1, availableAt: 0, sequence: 0 }
