import type { Kind, Tally } from './kind.ts'

/**
 * The result as a Markdown table: kind of fault, count, bar, acknowledged calls, undecided cases, violations.
 */
export function tableText(tallies: ReadonlyMap<Kind, Tally>): string {
  const rows = [...tallies].map(([kind, { times, acknowledgedCount, undecided, violations }]) => [
    kind.name,
    `${number(times)} ${kind.unit}`,
    number(kind.bar),
    number(acknowledgedCount),
    number(undecided.length),
    number(violations.length),
  ])
  const titles = ['kind of fault', 'times', 'bar', 'calls acknowledged', 'undecided', 'violations']
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |\n`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |\n`
  return line(titles) + rule + rows.map(line).join('')
}

function number(value: number): string {
  return value.toLocaleString('en')
}
