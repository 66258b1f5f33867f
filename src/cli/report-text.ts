import { printable } from '../domain/printable.ts'
import type { VerifyReport } from '../store/maintenance/verify-report.ts'

/**
 * Formats rows as a table. Each column is as wide as its widest cell.
 *
 * @param figures the indexes of the columns that are aligned to the right
 */
export function textTable(rows: readonly (readonly string[])[], figures: readonly number[] = []): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        figures.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

/** `1 queue`, `1,000 queues`. */
export function counted(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`
}

/** `1 user, 2 tokens, 3 queues, 10 requests (4 handled, 2 locked).` */
export function countsText({ counts }: VerifyReport): string {
  if (counts === null) return ''
  const { users, tokens, queues, requests, handled, locked } = counts
  const things = [
    counted(users, 'user'),
    counted(tokens, 'token'),
    counted(queues, 'queue'),
    counted(requests, 'request'),
  ]
  return `${things.join(', ')} (${handled.toLocaleString('en')} handled, ${locked.toLocaleString('en')} locked).`
}

/** One line for each repair. */
export function repairedText({ repaired }: VerifyReport): string {
  return repaired.map((change) => `Repaired ${printable(change)}\n`).join('')
}
