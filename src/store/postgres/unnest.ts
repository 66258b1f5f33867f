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
 * Many rows of `requests` as one table named `given`: a parameter for each column, however many rows there are.
 *
 * @param names columns of `requests`, whose arrays are the parameters from `firstParameter` on
 */
export function unnest(names: readonly string[], firstParameter: number): string {
  const arrays = names.map(
    (name, index) => `$${firstParameter + index}::${textColumns.has(name) ? 'text' : 'bigint'}[]`,
  )
  return `unnest(${arrays.join(', ')}) AS given (${names.join(', ')})`
}
