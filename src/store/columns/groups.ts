/** The columns of groups that every store has: a `GroupState` (domain/policy/group.ts). */
import type { GroupState } from '../../domain/policy/group.ts'
import {
  type ColumnList,
  columnsOf,
  integer,
  integerOrNull,
  namesOf,
  type RowOf,
  text,
  type ValuesOf,
} from './column.ts'

/** What an event changes that does not change what comes next. */
const countsList = [
  ['unhandled_count', integer],
  // The moments as a list in JSON.
  ['lock_ends', text],
  ['handed_out_at', integerOrNull],
  ['ended_at', integerOrNull],
  ['slowed_to_ms', integer],
  ['cooldown_until', integerOrNull],
  ['judged_by', integer],
] as const satisfies ColumnList

/** By what a group is found. These columns are in indexes. */
const prospectsList = [
  ['first_rank', integerOrNull],
  ['first_at', integerOrNull],
  ['first_sequence', integerOrNull],
  ['look_at', integerOrNull],
] as const satisfies ColumnList

const noMoments: readonly number[] = []

export const groupColumns = { name: text, ...columnsOf(countsList), ...columnsOf(prospectsList) }
export type GroupRow = RowOf<typeof groupColumns>

export const groupRowNames = namesOf(groupColumns)
export const groupCountNames = namesOf(columnsOf(countsList))
export const groupProspectNames = namesOf(columnsOf(prospectsList))

export function groupCountValues(group: GroupState): ValuesOf<typeof countsList> {
  const { unhandledCount, lockEnds, handedOutAt, endedAt, slowedToMs, cooldownUntil, judgedBy } = group
  const ends = lockEnds.length === 0 ? '[]' : `[${lockEnds.join(',')}]`
  return [unhandledCount, ends, handedOutAt, endedAt, slowedToMs, cooldownUntil, judgedBy]
}

export function groupProspectValues({ first, lookAt }: GroupState): ValuesOf<typeof prospectsList> {
  if (first === null) return [null, null, null, lookAt]
  return [first.rank, first.availableAt, first.sequence, lookAt]
}

/** @param values of `groupRowNames`, in that order, which begin at the index */
export function groupOfValues(values: readonly unknown[], index: number): GroupState {
  const lockEnds = values[index + 2] as string
  const firstAt = values[index + 9] as number | null
  return {
    name: values[index] as string,
    unhandledCount: values[index + 1] as number,
    lockEnds: lockEnds === '[]' ? noMoments : JSON.parse(lockEnds),
    handedOutAt: values[index + 3] as number | null,
    endedAt: values[index + 4] as number | null,
    slowedToMs: values[index + 5] as number,
    cooldownUntil: values[index + 6] as number | null,
    judgedBy: values[index + 7] as number,
    first:
      firstAt === null
        ? null
        : {
            rank: values[index + 8] as number,
            availableAt: firstAt,
            sequence: values[index + 10] as number,
          },
    lookAt: values[index + 11] as number | null,
  }
}

export function groupOfRow(row: GroupRow): GroupState {
  return {
    name: row.name,
    unhandledCount: row.unhandled_count,
    lockEnds: row.lock_ends === '[]' ? noMoments : JSON.parse(row.lock_ends),
    handedOutAt: row.handed_out_at,
    endedAt: row.ended_at,
    slowedToMs: row.slowed_to_ms,
    cooldownUntil: row.cooldown_until,
    judgedBy: row.judged_by,
    first:
      row.first_at === null
        ? null
        : { rank: row.first_rank!, availableAt: row.first_at, sequence: row.first_sequence! },
    lookAt: row.look_at,
  }
}
