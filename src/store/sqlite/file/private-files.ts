/**
 * Only the user of the process may use Headlock's files. Read permission on a database is enough to lock it
 * and so stop every write. Its contents are as secret as its tokens.
 *
 * SQLite gives a log and its index the permissions of their database. So only the database's permissions have
 * to be right.
 */

import { closeSync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../../domain/operator-error.ts'

/** The name of the database inside the data directory. */
export const databaseName = 'headlock.sqlite'
export const lockName = 'server.lock'
/** The file that a restore writes before it becomes the database. */
export const partialName = `${databaseName}.partial`

export const privateFileMode = 0o600

/** Whether a file of that name in a data directory belongs to its server. A `server.key` is somebody else's. */
export function isServerFile(name: string): boolean {
  return /^(headlock\.sqlite|server\.lock|server\.json$|first-token)/i.test(name)
}

/**
 * Creates an empty file for this user only, unless it exists. An existing file is not opened: closing any
 * descriptor of a file drops the locks that SQLite has on it in this process.
 */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', privateFileMode))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/**
 * Makes sure that the database is in this directory only. Otherwise the lock of the directory would protect
 * nothing.
 *
 * @param directory its real path
 * @throws OperatorError if a file of the server is a symbolic link, or if the database has a second name
 */
export function assertOnlyOnePlace(directory: string): void {
  for (const name of serverFiles(directory)) {
    if (!lstatSync(join(directory, name), { throwIfNoEntry: false })?.isSymbolicLink()) continue
    throw new OperatorError(
      `${join(directory, name)} is a symbolic link. Another server could use the same file by another path at the same ` +
        'time, and both would destroy it.',
      'Move the file itself here, or name the directory that it is in with {flag}.',
      { flag: '--data' },
    )
  }
  const file = join(directory, databaseName)
  const database = lstatSync(file, { throwIfNoEntry: false })
  if (database === undefined || database.nlink < 2 || isNamedTwiceByRestore(directory, database.ino)) return
  throw new OperatorError(
    `${file} has ${database.nlink} names (hard links). Another server could use the same file by another name at the same ` +
      'time, and both would destroy it.',
    `Remove the other names (find them with: find / -xdev -inum ${database.ino}), or name another directory with {flag}.`,
    { flag: '--data' },
  )
}

/**
 * Removes the second name that a killed restore may have left on the database. The directory has to be
 * locked.
 */
export function removeNameOfRestore(directory: string): void {
  const database = lstatSync(join(directory, databaseName), { throwIfNoEntry: false })
  if (database !== undefined && isNamedTwiceByRestore(directory, database.ino)) {
    rmSync(join(directory, partialName))
  }
}

function isNamedTwiceByRestore(directory: string, inode: number): boolean {
  const partial = lstatSync(join(directory, partialName), { throwIfNoEntry: false })
  return partial?.ino === inode && partial.nlink === 2
}

export function serverFiles(directory: string): string[] {
  return readdirSync(directory).filter(isServerFile)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
