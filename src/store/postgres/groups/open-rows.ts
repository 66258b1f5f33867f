import type { GroupState } from '../../../domain/policy/group.ts'
import type { OrderKey } from '../../../domain/policy/rank.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import { availableOf } from '../batching/prefetch.ts'
import { rowReader } from '../columns.ts'
import type { HeadRow } from '../rows.ts'
import type { Available } from './requests.ts'

/** A row of `selectOpen`. The first request has its group and its place in the columns of the group. */
export interface OpenRow
  extends GroupRow,
    Omit<HeadRow, 'id' | 'method' | 'group_name' | 'available_at' | 'sequence'> {
  /** Null if the request is not there, which is damage. */
  readonly id: string | null
  readonly method: string | null
  readonly second_at: number | null
  readonly second_sequence: number | null
  readonly has_sought_second: boolean
}

/** An open group as it is stored. */
export interface FoundOpen {
  readonly group: GroupState
  /** The request that it gets next. Null if it is not there. */
  readonly first: Available | null
  /** The next one of the same rank. Null if there is none. Undefined if nobody looked for it. */
  readonly second: OrderKey | null | undefined
}

const readGroupRow = rowReader(groupColumns)
const mostUsedMethod = 'GET'

export function foundOpenOf(row: OpenRow): FoundOpen {
  const group = groupOfRow(readGroupRow(row))
  return { group, first: firstOf(row), second: row.has_sought_second ? secondOf(row) : undefined }
}

function secondOf({ first_rank, second_at: availableAt, second_sequence }: OpenRow): OrderKey | null {
  return availableAt === null ? null : { rank: first_rank!, availableAt, sequence: second_sequence! }
}

function firstOf(row: OpenRow): Available | null {
  const { id, method } = row
  if (id === null) return null
  const request: HeadRow = Object.assign(row, {
    id,
    // Many requests are kept for a while. Each text that they share is kept once.
    method: method === mostUsedMethod ? mostUsedMethod : method!,
    group_name: row.name,
    available_at: row.first_at,
    sequence: row.first_sequence,
  })
  return availableOf([request])[0]!
}
