import { accessSync, closeSync, constants, fsyncSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OperatorError } from '../../domain/operator-error.ts'
import { directoryProblem, makePrivateDirectory } from '../../store/sqlite/file/private-directory.ts'

/**
 * Makes the data directory, for this user alone, when it does not exist. Checks that files can be made in it.
 *
 * @throws OperatorError
 */
export function prepareDataDirectory(directory: string): void {
  try {
    const firstMade = makePrivateDirectory(directory)
    if (firstMade !== undefined) syncEntries(resolve(directory), resolve(firstMade))
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new OperatorError(
      `The data directory ${directory} cannot be used: ${directoryProblem(cause)}.`,
      'Choose a directory that this user may write to with --data.',
      { cause },
    )
  }
}

/**
 * Writes the entries of new directories to the disk. A power cut can remove a new directory unless its parent was synced,
 * and so on up to the first directory that existed before.
 */
function syncEntries(directory: string, firstMade: string): void {
  // Windows cannot sync a directory, and does not need it.
  if (process.platform === 'win32') return
  for (let made = directory; ; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r')
    try {
      fsyncSync(parent)
    } finally {
      closeSync(parent)
    }
    if (made === firstMade) return
  }
}
