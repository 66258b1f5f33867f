import type { Figure } from '../rounds/figures.ts'
import { spread } from '../rounds/statistics.ts'

/** A table of numbers, with texts in the first column. Each column is as wide as its widest cell. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

/** A rate: `12,345 ±6%`. */
export function wholeText(figure: Figure): string {
  return Math.round(figure.median).toLocaleString('en') + spreadText(figure)
}

/** A time: `0.18 ±12%`. */
export function hundredthsText(figure: Figure): string {
  return figure.median.toFixed(2) + spreadText(figure)
}

/** Empty if there was only one round. */
function spreadText({ rounds }: Figure): string {
  return rounds.length < 2 ? '' : ` ±${Math.round(spread(rounds) * 100)}%`
}

/** A line below the tables that explains ±. */
export function spreadNote(rounds: number): string {
  if (rounds < 2) return 'One round, so the spread is not known.'
  return (
    'Medians of the rounds; ± is half the distance between the lowest and the highest of them. ' +
    'The results file has every round of every figure.'
  )
}
