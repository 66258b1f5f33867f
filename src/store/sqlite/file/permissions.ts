/**
 * What other users of the machine may do with a data directory, and how that is taken from them. Only a
 * directory that is Headlock's own loses permissions. With a mistyped path it could be /etc.
 */

import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../../domain/operator-error.ts'
import { printable } from '../../../domain/printable.ts'
import { databaseName, isServerFile, serverFiles } from './private-files.ts'

/** The permissions of everybody but the owner. */
const othersMode = 0o077
/** Everybody may write, and nobody may remove what others wrote, as in /tmp. */
const sharedMode = 0o1002
/** How many foreign names a message lists. */
const namesMax = 3
/** What a new file system or an empty directory of a repository contains. */
const namesInEmpty = ['lost+found', '.gitignore', '.gitkeep']

/** Something of which other users have permissions. */
export interface OthersPermission {
  readonly path: string
  /** For people. */
  readonly name: string
  readonly mode: number
}

/**
 * Finds what other users may do with a data directory and the files of its server. Changes nothing.
 *
 * @param directory its real path
 * @param userId the required owner; undefined on systems without such users, where nothing is checked
 * @throws OperatorError if the directory or a file of the server belongs to somebody else, or if other users
 *   have permissions on a directory that is not Headlock's own
 */
export function othersPermissions(
  directory: string,
  userId: number | undefined = process.geteuid?.(),
): OthersPermission[] {
  if (userId === undefined) return []
  const { mode, uid } = statSync(directory)
  if (uid !== userId) throw ownerProblem(`The data directory ${directory}`, directory, uid, userId)
  const found = [{ path: directory, name: 'the directory', mode }]
  for (const name of serverFiles(directory)) {
    const path = join(directory, name)
    const file = lstatSync(path, { throwIfNoEntry: false })
    if (file === undefined || !file.isFile()) continue
    if (file.uid !== userId) throw ownerProblem(path, path, file.uid, userId)
    found.push({ path, name, mode: file.mode })
  }
  if (isOpen(mode)) assertOwnDirectory(directory, mode)
  return found.filter((one) => isOpen(one.mode))
}

/**
 * Takes permissions from other users.
 *
 * @returns what was changed, for people; null if nothing was
 * @throws OperatorError if a permission cannot be taken
 */
export function takePermissions(directory: string, permissions: readonly OthersPermission[]): string | null {
  const changed = permissions.filter(take).map(({ name, mode }) => `${name} (${modeText(mode)})`)
  if (changed.length === 0) return null
  return `Other users of this machine could use the data directory ${directory}. Taken from them: ${changed.join(', ')}.`
}

/** @throws OperatorError unless the directory has a database of Headlock, or nothing that is foreign */
function assertOwnDirectory(directory: string, mode: number): void {
  const names = readdirSync(directory)
  if (names.includes(databaseName)) return
  const foreign = names.filter((name) => !isServerFile(name) && !namesInEmpty.includes(name))
  const isShared = (mode & sharedMode) === sharedMode
  if (foreign.length === 0 && !isShared) return
  const why =
    foreign.length === 0
      ? `All users of this machine share the directory ${directory} (mode ${modeText(mode)})`
      : `The directory ${directory} has no Headlock database but other things (${listed(foreign)}), and other users of ` +
        `this machine may use it (mode ${modeText(mode)})`
  throw new OperatorError(
    `${why}. A data directory is for one user alone, so it would be taken from them.`,
    'Name another directory with {flag}. It is created if it does not exist.',
    { flag: '--data' },
  )
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, namesMax).map(printable).join(', ')
  return names.length > namesMax ? `${first} and ${names.length - namesMax} more` : first
}

/** @returns whether any permission was taken */
function take({ path, mode }: OthersPermission): boolean {
  try {
    chmodSync(path, mode & 0o7777 & ~othersMode)
  } catch (error) {
    // A server that stops at this moment has removed its log.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
  const left = statSync(path, { throwIfNoEntry: false })
  if (left === undefined || !isOpen(left.mode)) return true
  throw new OperatorError(
    `Other users of this machine can use ${path} (${modeText(left.mode)}), and its file system does not let that be ` +
      'changed.',
    'Mount it so that its files are for one user alone (umask=077, for example), or choose a directory on another file ' +
      'system with {flag}.',
    { flag: '--data' },
  )
}

function isOpen(mode: number): boolean {
  return (mode & othersMode) !== 0
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

/** The mode in octal digits, with the bit of a shared directory if it is set. */
function modeText(mode: number): string {
  return (mode & 0o1777).toString(8).padStart(4, '0')
}

/** Quotes a path for a shell. */
function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
