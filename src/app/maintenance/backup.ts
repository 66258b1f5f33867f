import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { VerifyProgress } from '../../store/maintenance/verify-report.ts'
import { NewFile } from '../../store/sqlite/file/new-file.ts'
import { databaseName, isServerFile } from '../../store/sqlite/file/private-files.ts'
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
  /** The data directory. A server may be at work on it. */
  readonly directory: string
  readonly file: string
  /** Whether a file that is there is replaced, once the new one is complete. */
  readonly overwrite: boolean
  onProgress(progress: BackupProgress): void
  /** Is told how to remove what there is of it, for somebody who ends the process in the middle. */
  onBegun(discard: () => void): void
}

/**
 * Writes everything that was acknowledged before the call into one file, which is complete and verified when it gets its
 * name. @returns its size
 *
 * @throws OperatorError that says too whether there is a backup
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
        `what was copied is damaged (${damage[0]}).`,
        'See with "headlock verify" whether the database itself is.',
      )
    }
    copy.publish(options.overwrite)
    return statSync(file).size
  } catch (cause) {
    copy?.discard()
    if (copy === undefined) throw cause
    if (copy.isNamed) {
      throw new OperatorError(
        `The backup ${file} is there, complete and verified, but it may not outlive a loss of power: ${reasonOf(cause)}.`,
        'Make it again.',
        { cause },
      )
    }
    const { problem, advice } = whyOf(cause, 'Remove the cause, then make the backup again.')
    throw new OperatorError(
      `The backup ${file} could not be made: ${problem} Nothing was left of it.`,
      advice,
      { cause },
    )
  } finally {
    db.close()
  }
}

/** @throws OperatorError when the backup must not be written there */
function checkPlace(file: string, directory: string, overwrite: boolean): void {
  const place = dirname(file)
  if (!existsSync(place)) {
    throw new OperatorError(`There is no directory ${place}.`, 'Make it, or name another file.')
  }
  const isInside = realpathSync(place) === realpathSync(directory)
  if (isInside && isServerFile(basename(file))) {
    throw new OperatorError(`${file} belongs to the server of this directory.`, anotherFile)
  }
  if (existsSync(file)) {
    if (!statSync(file).isFile()) throw new OperatorError(`${file} is no file.`, anotherFile)
    if (!overwrite) {
      throw new OperatorError(
        `${file} is there already.`,
        'Name another file, or replace it with --overwrite.',
      )
    }
  }
  for (const suffix of ['-wal', '-journal']) {
    // The next one to open the backup would take it for the log of what it opens.
    if (existsSync(`${file}${suffix}`)) {
      throw new OperatorError(
        `${file}${suffix} is there, the log of a database that was open under that name.`,
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

/** What failed, as a part of what it was needed for. @param advice for what brings none of its own */
export function whyOf(cause: unknown, advice: string): { readonly problem: string; readonly advice: string } {
  return cause instanceof OperatorError ? cause : { problem: `${reasonOf(cause)}.`, advice }
}

export function noFile(file: string): OperatorError {
  return new OperatorError(`There is no file ${file}.`, 'Name a file that "headlock backup" wrote.')
}
