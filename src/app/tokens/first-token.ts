import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import { NewFile } from '../../store/sqlite/file/new-file.ts'
import { prepareDataDirectory } from '../config/data-directory.ts'

/** Where the first token is kept for somebody who does not see the output of its server; with a PostgreSQL there too. */
export function firstTokenFile(dataDirectory: string): string {
  return join(dataDirectory, 'first-token')
}

/**
 * Writes the token and an end of line into a file that this user alone may read. One that is there from before is replaced.
 *
 * @returns takes the file away again, when there is no such token after all
 * @throws OperatorError
 */
export function writeFirstToken(dataDirectory: string, token: string): () => void {
  prepareDataDirectory(dataDirectory)
  const path = firstTokenFile(dataDirectory)
  const partial = `${path}.${process.pid}.partial`
  try {
    // One that was left by a start that was killed; in a container the process has the same number each time.
    rmSync(partial, { force: true })
    const file = new NewFile(path, partial)
    try {
      writeFileSync(file.partial, `${token}\n`)
      file.publish(true)
    } catch (cause) {
      file.discard()
      throw cause
    }
  } catch (cause) {
    throw new OperatorError(
      `The first token cannot be written to ${path}: ${reasonOf(cause)}.`,
      'It goes to a file because standard output is no terminal and may end up in a log. Choose a directory that this ' +
        'user may write to with --data, bring a token of your own in HEADLOCK_TOKEN, or start once on a terminal.',
      { cause },
    )
  }
  return () => rmSync(path, { force: true })
}

export function isFirstTokenKept(dataDirectory: string): boolean {
  return existsSync(firstTokenFile(dataDirectory))
}
