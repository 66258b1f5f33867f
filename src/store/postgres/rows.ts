import { namesOf, type RowOf } from '../columns/column.ts'
import { queueColumnToRead } from '../columns/queues.ts'
import { type StateRow, stateNames } from '../columns/requests.ts'
import { type HeadItemRow, headItemBytesMax, shortTextColumns } from '../request-page.ts'
import { postgresQueueColumns } from './columns.ts'

/** A row of the table `queues`. */
export type PostgresQueueRow = RowOf<typeof postgresQueueColumns>

/** The columns of a `PostgresQueueRow`. */
export const queueRowColumns = namesOf(postgresQueueColumns).map(queueColumnToRead).join(', ')

/** The ID and the columns of a request that the rules need. */
export const stateColumns = `id, ${stateNames.join(', ')}`

export interface PostgresStateRow extends StateRow {
  id: string
}

export const headColumns = `${stateColumns}, method, retry_count, ${shortTextColumns(String(headItemBytesMax))}`

export type HeadRow = PostgresStateRow & HeadItemRow
