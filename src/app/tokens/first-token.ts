import { existsSync, lstatSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import { kindOf } from '../../store/small-file.ts'
import { NewFile } from '../../store/sqlite/file/new-file.ts'
import { prepareDataDirectory } from '../config/data-directory.ts'

/**
 * The file for the first token when standard output is not a terminal. It is in the data directory also when the store is
 * PostgreSQL.
 */
export function firstTokenFile(dataDirectory: string): string {
  return join(dataDirectory, 'first-token')
}

/**
 * Writes the token and a line break into a file that only this user may read. An existing file is replaced.
 *
 * @returns a function that removes the file, for when storing the token fails
 * @throws OperatorError
 */
export function writeFirstToken(dataDirectory: string, token: string): () => void {
  prepareDataDirectory(dataDirectory)
  const path = firstTokenFile(dataDirectory)
  const partial = `${path}.${process.pid}.partial`
  try {
    assertReplaceable(path)
    // A killed start may have left one. In a container, the process has the same ID each time.
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
      'The token goes to a file because standard output is not a terminal and may end up in a log. Choose a directory that ' +
        'this user may write to with --data, set a token of your own in HEADLOCK_TOKEN, or start once on a terminal.',
      { cause },
    )
  }
  return () => rmSync(path, { force: true })
}

/** @throws Error if something is there that is no file, such as a pipe */
function assertReplaceable(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isFile() || found.isSymbolicLink()) return
  throw new Error(`${kindOf(found)} is in its place`)
}

export function isFirstTokenKept(dataDirectory: string): boolean {
  return existsSync(firstTokenFile(dataDirectory))
}
