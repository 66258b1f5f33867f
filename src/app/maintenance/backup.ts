import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { VerifyProgress } from '../../store/maintenance/verify-report.ts'
import { NewFile } from '../../store/sqlite/file/new-file.ts'
import { databaseName, isServerFile } from '../../store/sqlite/file/private-files.ts'
import { assertRegularDatabase } from '../../store/sqlite/file/regular-database.ts'
import {
  assertHeadlock,
  type CopyProgress,
  copySnapshot,
  openToRead,
} from '../../store/sqlite/maintenance/snapshot.ts'
import { verifyFile } from '../../store/sqlite/maintenance/verify-thread.ts'

const anotherFile = 'Name another file for the backup.'

export type BackupProgress = ({ readonly phase: 'copying' } & CopyProgress) | VerifyProgress

export interface BackupOptions {
  /** The data directory. A server may be running on it. */
  readonly directory: string
  readonly file: string
  /** Whether an existing file is replaced when the new one is complete. */
  readonly overwrite: boolean
  onProgress(progress: BackupProgress): void
  /** Called with a function that removes the incomplete backup, for a process that is interrupted. */
  onBegun(discard: () => void): void
}

/**
 * Writes everything that was acknowledged before the call into one file. The file gets its name when it is complete and
 * verified.
 *
 * @returns the size of the file in bytes
 * @throws OperatorError that also says whether a backup exists
 */
export async function backUp(options: BackupOptions): Promise<number> {
  const { directory, onProgress } = options
  const file = resolve(options.file)
  const source = join(directory, databaseName)
  if (!existsSync(source)) {
    throw new OperatorError(
      `There is no Headlock database in ${directory}.`,
      'Name the data directory of your server with --data.',
    )
  }
  checkPlace(file, directory, options.overwrite)
  const db = openToRead(source)
  let copy: NewFile | undefined
  try {
    assertHeadlock(db, source)
    copy = newFile(file)
    const { partial } = copy
    options.onBegun(() => copy?.discard())
    await copySnapshot(
      db,
      partial,
      () => copy?.sync(),
      (progress) => onProgress({ phase: 'copying', ...progress }),
    )
    const { damage } = await verifyFile({ file: partial, depth: 'pages', repair: false }, onProgress)
    if (damage.length > 0) {
      throw new OperatorError(
        `the copied data is damaged (${damage[0]}).`,
        'Run "headlock verify" to find out whether the database itself is damaged.',
      )
    }
    copy.publish(options.overwrite)
    return statSync(file).size
  } catch (cause) {
    copy?.discard()
    if (copy === undefined) throw cause
    if (copy.isNamed) {
      throw new OperatorError(
        `The backup ${file} is complete and verified, but a power cut may still remove it: ${reasonOf(cause)}.`,
        'Make the backup again.',
        { cause },
      )
    }
    const { problem, advice } = whyOf(cause, 'Remove the cause, then make the backup again.')
    throw new OperatorError(
      `The backup ${file} could not be made: ${problem} No part of it was left behind.`,
      advice,
      { cause },
    )
  } finally {
    db.close()
  }
}

/** Checks that the backup may be written to this path. @throws OperatorError when it may not */
function checkPlace(file: string, directory: string, overwrite: boolean): void {
  const parent = dirname(file)
  if (!existsSync(parent)) {
    throw new OperatorError(`There is no directory ${parent}.`, 'Create it, or name another file.')
  }
  const isInside = realpathSync(parent) === realpathSync(directory)
  if (isInside && isServerFile(basename(file))) {
    throw new OperatorError(`${file} is a file of the server in this directory.`, anotherFile)
  }
  if (existsSync(file)) {
    if (!statSync(file).isFile()) throw new OperatorError(`${file} is not a regular file.`, anotherFile)
    if (!overwrite) {
      throw new OperatorError(`${file} already exists.`, 'Name another file, or replace it with --overwrite.')
    }
  }
  for (const suffix of ['-wal', '-journal']) {
    // SQLite would take this file for the log of the backup, and apply it.
    if (existsSync(`${file}${suffix}`)) {
      throw new OperatorError(
        `${file}${suffix} exists: it is the log of an earlier database with that name.`,
        anotherFile,
      )
    }
  }
}

function newFile(file: string): NewFile {
  try {
    return new NewFile(file, `${file}.${process.pid}.partial`)
  } catch (cause) {
    throw new OperatorError(`The backup ${file} cannot be written: ${reasonOf(cause)}.`, anotherFile, {
      cause,
    })
  }
}

/** Puts a failure into the words of a larger one. @param advice for a cause that has no advice of its own */
export function whyOf(cause: unknown, advice: string): { readonly problem: string; readonly advice: string } {
  return cause instanceof OperatorError ? cause : { problem: `${reasonOf(cause)}.`, advice }
}

/** Checks that there is a backup to read, which is a regular file. @throws OperatorError */
export function assertFile(file: string): void {
  const advice = 'Name a file that "headlock backup" wrote.'
  if (!existsSync(file)) throw new OperatorError(`There is no file ${file}.`, advice)
  assertRegularDatabase(file, advice)
}
