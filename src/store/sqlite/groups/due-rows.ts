import type { OrderKey } from '../../../domain/policy/rank.ts'
import type { DueRequest } from '../../operations/hand-out/group-rows.ts'
import { headItemBytesMax, shortTextColumns } from '../../request-page.ts'
import type { ValueRow } from './statements.ts'

/** What `dueOfRow` takes, of the table `requests`. */
export const dueColumns = `
  requests.number, bytes, coalesce(lock_expiries, 0) + (locked_by IS NOT NULL),
  id, method, retry_count, ${shortTextColumns(String(headItemBytesMax))}`
export const dueColumnCount = 9

/** A due request with the number of its row. */
export interface NumberedDue extends DueRequest {
  readonly number: number
}

/** @param row with `dueColumns`, which begin at the index */
export function dueOfRow(row: ValueRow, index: number, key: OrderKey): NumberedDue {
  const item = {
    id: row[index + 3] as string,
    uniqueKey: row[index + 6] as string,
    url: row[index + 7] as string,
    method: row[index + 4] as string,
    retryCount: row[index + 5] as number,
  }
  const longBytes = row[index + 8] as number | null
  return {
    number: row[index] as number,
    item: longBytes === null ? item : { ...item, longBytes },
    key,
    bytes: row[index + 1] as number,
    lockExpiries: row[index + 2] as number,
  }
}
