/** Rows of cells, each column as wide as its widest cell. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell.padEnd(columns[column]!))
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}
