import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from '../../../domain/operator-error.ts'

const privateDirectoryMode = 0o700

/**
 * Creates a directory, and the missing directories above it, for this user only.
 *
 * Node's own `recursive` option never returns if a parent exists but refuses a new directory with ENOENT, as
 * /proc does.
 *
 * @returns the topmost directory that was created; undefined if the directory existed
 * @throws Error of the system; `directoryProblem` puts it into words
 */
export function makePrivateDirectory(directory: string): string | undefined {
  try {
    mkdirSync(directory, { mode: privateDirectoryMode })
    return directory
  } catch (error) {
    if (isDirectory(directory)) return undefined
    const parent = dirname(directory)
    const isParentMissing = codeOf(error) === 'ENOENT' && !isDirectory(parent)
    if (!isParentMissing || parent === directory) throw error
    const topmost = makePrivateDirectory(parent)
    const made = makePrivateDirectory(directory)
    return topmost ?? made
  }
}

/**
 * Says why a directory cannot be made or used: a clause without a full stop.
 *
 * @param what was to be made
 */
export function directoryProblem(error: unknown, what: 'directory' | 'file' = 'directory'): string {
  switch (codeOf(error)) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'there is a file in its place'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there'
    case 'ENOENT':
      return `its file system does not allow a new ${what} there`
    case 'EROFS':
      return 'its file system is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return reasonOf(error)
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
