/**
 * What Headlock keeps is for its user alone. Read permission on a database is enough to hold a lock on it and so to stop
 * every write, and what is in it is as secret as its tokens.
 *
 * SQLite gives a log and its index the rights of their database, so it is enough that the database has the right ones.
 */

import { chmodSync, closeSync, lstatSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../../domain/operator-error.ts'

/** The name of the database inside the data directory. */
export const databaseName = 'headlock.sqlite'
export const lockName = 'server.lock'
/** What a restore writes before it is the database. */
export const partialName = `${databaseName}.partial`

export const privateFileMode = 0o600
/** The rights of everybody but the owner. */
const othersMode = 0o077

/** Whether a file of that name in a data directory belongs to its server. */
export function isServerFile(name: string): boolean {
  return /^(headlock\.sqlite|server\.|first-token)/i.test(name)
}

/**
 * Makes the file, empty and for this user alone, unless there is one. One that is there is not opened: closing any
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
 * Takes the rights of other users from a data directory and the files of its server. What it cannot take it refuses.
 *
 * @param directory the real path of it
 * @param userId whose it has to be; undefined on a system without such users, where nothing is looked at
 * @returns what was changed, for people; null when nothing had to be
 * @throws OperatorError when the directory or a file of the server belongs to somebody else
 */
export function makePrivate(
  directory: string,
  userId: number | undefined = process.geteuid?.(),
): string | null {
  if (userId === undefined) return null
  const changed: string[] = []
  const { mode, uid } = statSync(directory)
  if (uid !== userId) throw ownerProblem(`The data directory ${directory}`, directory, uid, userId)
  if (takeRights(directory, mode)) changed.push(`the directory (${modeText(mode)})`)
  for (const name of serverFiles(directory)) {
    const file = join(directory, name)
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found === undefined || !found.isFile()) continue
    if (found.uid !== userId) throw ownerProblem(file, file, found.uid, userId)
    if (takeRights(file, found.mode)) changed.push(`${name} (${modeText(found.mode)})`)
  }
  if (changed.length === 0) return null
  return `Other users of this machine could use the data directory ${directory}. Taken from them: ${changed.join(', ')}.`
}

/**
 * The lock of a directory is worth nothing where its database is that of another directory as well.
 *
 * @param directory the real path of it
 * @throws OperatorError when a file of the server is a symbolic link, or the database has a second name
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

/** A restore that was killed may have left its file with both of its names. Call with the directory locked. */
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

/** @returns whether there was something to take */
function takeRights(path: string, mode: number): boolean {
  if ((mode & othersMode) === 0) return false
  try {
    chmodSync(path, mode & 0o7777 & ~othersMode)
  } catch (error) {
    // The log of a server that stops this moment.
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
      'or choose another directory with {flag}; one that is not there yet is made.',
    { flag: '--data' },
  )
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
