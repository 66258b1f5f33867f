import { statSync } from 'node:fs'
import { OperatorError } from '../../../domain/operator-error.ts'
import { kindOf } from '../../small-file.ts'

/** What SQLite opens beside a database: its log, the index of the log, and the older kind of log. */
const suffixes = ['', '-wal', '-shm', '-journal'] as const

/**
 * Makes sure that a database and what SQLite opens beside it are regular files, where they exist. A pipe in
 * the place of one would block the process for good.
 *
 * @param advice what to do about the database itself
 * @throws OperatorError that names what is no regular file
 */
export function assertRegularDatabase(
  database: string,
  advice = 'Move it away, or name another directory.',
): void {
  for (const suffix of suffixes) {
    const file = `${database}${suffix}`
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined || found.isFile()) continue
    throw new OperatorError(
      `${file} is not a regular file. It is ${kindOf(found)}.`,
      suffix === '' ? advice : 'Move it away.',
    )
  }
}
