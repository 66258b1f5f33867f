import { type Columns, type ColumnType, namesOf, type Value } from '../../columns/column.ts'
import { typeOf } from '../columns.ts'
import type { Parameter } from '../connection/statement.ts'
import { bigintArray, textArray } from './arrays.ts'
import { toText } from './text.ts'

/**
 * SQL for a table named `given` with many rows. It takes one array parameter for each column (`parameterOf`).
 *
 * @param firstParameter the number of the first of these parameters
 */
export function unnest(columns: Columns, firstParameter: number): string {
  const arrays = Object.values(columns).map(
    (column, index) => `$${firstParameter + index}::${typeOf(column)}[]`,
  )
  return `unnest(${arrays.join(', ')}) AS given (${namesOf(columns).join(', ')})`
}

/**
 * The parameter for a column of the table `given`. Null if the column is null in every row: `unnest` fills
 * short columns with nulls.
 */
export function parameterOf({ kind }: ColumnType, values: readonly Value[]): Parameter {
  if (values.every((value) => value === null)) return null
  if (kind === 'boolean') return `{${values.join(',')}}`
  return kind === 'integer'
    ? bigintArray(values as readonly (number | null)[])
    : textArray((values as readonly (string | null)[]).map(toText))
}
