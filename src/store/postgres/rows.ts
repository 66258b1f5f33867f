import { namesOf, type RowOf } from '../columns/column.ts'
import { queueColumnToRead } from '../columns/queues.ts'
import { type KnownStateRow, knownStateNames } from '../columns/requests.ts'
import { type HeadItemRow, headItemBytesMax, shortTextColumns } from '../request-page.ts'
import { postgresQueueColumns } from './columns.ts'

/** A row of the table `queues`. */
export type PostgresQueueRow = RowOf<typeof postgresQueueColumns>

/** The columns of a `PostgresQueueRow`. */
export const queueRowColumns = namesOf(postgresQueueColumns).map(queueColumnToRead).join(', ')
/** The same for answers that do not show the policy, which may be long. It is null there. */
export const queueRowColumnsWithoutPolicy = namesOf(postgresQueueColumns)
  .map((name) => (name === 'policy' ? 'NULL AS policy' : queueColumnToRead(name)))
  .join(', ')

/** The ID and the columns of a request that the rules need. */
export const stateColumns = `id, ${knownStateNames.join(', ')}`

export interface PostgresStateRow extends KnownStateRow {
  id: string
}

const shortTexts = shortTextColumns(String(headItemBytesMax))
export const headColumns = `${stateColumns}, method, ${shortTexts}`
/** The columns of a `HeadRow` without those whose values are known from elsewhere. */
export function headColumnsWithout(names: readonly string[]): string {
  return ['id', ...knownStateNames, 'method', shortTexts].filter((name) => !names.includes(name)).join(', ')
}
/** The columns of a `HeadItemRow`. */
export const headItemColumns = `id, method, retry_count, ${shortTexts}`

export type HeadRow = PostgresStateRow & HeadItemRow
