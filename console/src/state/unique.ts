/** The rows without those that came before: a row may move to a later page between two calls. */
export function unique<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const known = new Set<string>()
  return rows.filter((row) => {
    const key = keyOf(row)
    return !known.has(key) && known.add(key)
  })
}
