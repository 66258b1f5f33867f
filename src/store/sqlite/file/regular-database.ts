import { statSync } from 'node:fs'
import { OperatorError } from '../../../domain/operator-error.ts'
import { kindOf } from '../../small-file.ts'

/** The files that SQLite opens with a database: its write-ahead log, the index of that log, and a rollback journal. */
const suffixes = ['', '-wal', '-shm', '-journal'] as const

/**
 * Makes sure that a database and the other files that SQLite opens are regular files, if they exist. A pipe in
 * their place could block the process forever.
 *
 * @param advice what to do about the database itself
 * @throws OperatorError that names the file that is not regular
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
