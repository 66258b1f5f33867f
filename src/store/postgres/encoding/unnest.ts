import { bigintArray, textArray } from './arrays.ts'

const textColumns: ReadonlySet<string> = new Set([
  'id',
  'locked_by',
  'locked_run',
  'method',
  'unique_key',
  'url',
  'other_fields',
])

/**
 * Many rows of `requests` as one table named `given`: a parameter for each column, however many rows there are; the values
 * come from `columnOf`.
 *
 * @param names columns of `requests`, whose arrays are the parameters from `firstParameter` on
 */
export function unnest(names: readonly string[], firstParameter: number): string {
  const arrays = names.map(
    (name, index) => `$${firstParameter + index}::${textColumns.has(name) ? 'text' : 'bigint'}[]`,
  )
  return `unnest(${arrays.join(', ')}) AS given (${names.join(', ')})`
}

/** The parameter for a column of the table `given`; null where every row has null there: short columns are filled up. */
export function columnOf(name: string, values: readonly (string | number | null)[]): Buffer | null {
  if (values.every((value) => value === null)) return null
  return textColumns.has(name)
    ? textArray(values as readonly (string | null)[])
    : bigintArray(values as readonly (number | null)[])
}
