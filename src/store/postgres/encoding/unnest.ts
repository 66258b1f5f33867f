import { type Columns, type ColumnType, namesOf, type Value } from '../../columns/column.ts'
import { typeOf } from '../columns.ts'
import { bigintArray, textArray } from './arrays.ts'
import { toText } from './text.ts'

/**
 * Many rows as one table named `given`: a parameter for each column, however many rows there are; the values come from
 * `parameterOf`.
 *
 * @param firstParameter the number of the first of these parameters
 */
export function unnest(columns: Columns, firstParameter: number): string {
  const arrays = Object.values(columns).map(
    (column, index) => `$${firstParameter + index}::${typeOf(column)}[]`,
  )
  return `unnest(${arrays.join(', ')}) AS given (${namesOf(columns).join(', ')})`
}

/** The parameter for a column of the table `given`; null where every row has null there: short columns are filled up. */
export function parameterOf({ kind }: ColumnType, values: readonly Value[]): unknown {
  if (values.every((value) => value === null)) return null
  if (kind === 'boolean') return values
  return kind === 'integer'
    ? bigintArray(values as readonly (number | null)[])
    : textArray((values as readonly (string | null)[]).map(toText))
}
