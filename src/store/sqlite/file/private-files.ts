/**
 * Only the user of the process may use Headlock's files. Read permission on a database is enough to lock it
 * and so stop every write. Its contents are as secret as its tokens.
 *
 * SQLite gives a log and its index the permissions of their database. So only the database's permissions have
 * to be right.
 */

import { chmodSync, closeSync, lstatSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../../domain/operator-error.ts'

/** The name of the database inside the data directory. */
export const databaseName = 'headlock.sqlite'
export const lockName = 'server.lock'
/** The file that a restore writes before it becomes the database. */
export const partialName = `${databaseName}.partial`

export const privateFileMode = 0o600
/** The permissions of everybody but the owner. */
const othersMode = 0o077

/** Whether a file of that name in a data directory belongs to its server. */
export function isServerFile(name: string): boolean {
  return /^(headlock\.sqlite|server\.|first-token)/i.test(name)
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
 * Takes the permissions of other users from a data directory and the files of its server.
 *
 * @param directory its real path
 * @param userId the required owner; undefined on systems without such users, where nothing is checked
 * @returns what was changed, for people; null if nothing was
 * @throws OperatorError if the directory or a file of the server belongs to somebody else, or if a permission
 *   cannot be taken
 */
export function makePrivate(
  directory: string,
  userId: number | undefined = process.geteuid?.(),
): string | null {
  if (userId === undefined) return null
  const changed: string[] = []
  const { mode, uid } = statSync(directory)
  if (uid !== userId) throw ownerProblem(`The data directory ${directory}`, directory, uid, userId)
  if (takePermissions(directory, mode)) changed.push(`the directory (${modeText(mode)})`)
  for (const name of serverFiles(directory)) {
    const file = join(directory, name)
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found === undefined || !found.isFile()) continue
    if (found.uid !== userId) throw ownerProblem(file, file, found.uid, userId)
    if (takePermissions(file, found.mode)) changed.push(`${name} (${modeText(found.mode)})`)
  }
  if (changed.length === 0) return null
  return `Other users of this machine could use the data directory ${directory}. Taken from them: ${changed.join(', ')}.`
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

function serverFiles(directory: string): string[] {
  return readdirSync(directory).filter(isServerFile)
}

/** @returns whether any permission was taken */
function takePermissions(path: string, mode: number): boolean {
  if ((mode & othersMode) === 0) return false
  try {
    chmodSync(path, mode & 0o7777 & ~othersMode)
  } catch (error) {
    // A server that stops at this moment has removed its log.
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
  const left = statSync(path, { throwIfNoEntry: false })
  if (left === undefined || (left.mode & othersMode) === 0) return true
  throw new OperatorError(
    `Other users of this machine can use ${path} (${modeText(left.mode)}), and its file system does not let that be ` +
      'changed.',
    'Mount it so that its files are for one user alone (umask=077, for example), or choose a directory on another file ' +
      'system with {flag}.',
    { flag: '--data' },
  )
}

function ownerProblem(what: string, path: string, owner: number, userId: number): OperatorError {
  return new OperatorError(
    `${what} belongs to the user ${owner}, who can read and change everything in it; this process runs as the user ` +
      `${userId}.`,
    `Run Headlock as the user ${owner}, give it to the user ${userId} (chown -R ${userId} ${quoted(path)}), ` +
      'or choose another directory with {flag}. It is created if it does not exist.',
    { flag: '--data' },
  )
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** Quotes a path for a shell. */
function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
