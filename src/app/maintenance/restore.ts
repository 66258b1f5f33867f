import { existsSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { VerifyReport } from '../../store/maintenance/verify-report.ts'
import { DirectoryLock } from '../../store/sqlite/file/directory-lock.ts'
import { NewFile } from '../../store/sqlite/file/new-file.ts'
import { databaseName, partialName } from '../../store/sqlite/file/private-files.ts'
import { assertHeadlock, copySnapshot, openToRead } from '../../store/sqlite/maintenance/snapshot.ts'
import { verifyFile } from '../../store/sqlite/maintenance/verify-thread.ts'
import { prepareDataDirectory } from '../config/data-directory.ts'
import { type BackupProgress, noFile, whyOf } from './backup.ts'
import { prepareCopy, type RestoredToken } from './restored-copy.ts'

export interface RestoreOptions {
  readonly file: string
  /** Made when it is not there; it must not have a database. */
  readonly directory: string
  /** Whether counts and what else follows from the rest are computed anew. */
  readonly repair: boolean
  /** Whether the tokens of the backup are left out. */
  readonly revokeTokens: boolean
  onProgress(progress: BackupProgress): void
  /** Is told in words when rights on the directory were taken from other users of the machine. */
  onTightened(what: string): void
  /** Is told how to remove what there is of it, for somebody who ends the process in the middle. */
  onBegun(discard: () => void): void
}

export interface RestoreReport extends VerifyReport {
  /** Those that the backup has, also where they were left out. */
  readonly tokens: readonly RestoredToken[]
}

/**
 * Makes a backup the database of a data directory: copied, brought to the schema of this version, verified, and only
 * then given its name.
 *
 * @throws OperatorError that says too whether the directory has a database
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const file = resolve(options.file)
  if (!existsSync(file) || !statSync(file).isFile()) throw noFile(file)
  const source = openSource(file)
  try {
    assertHeadlock(source, file)
    prepareDataDirectory(options.directory)
    const lock = DirectoryLock.take(options.directory, options.onTightened)
    try {
      return await restoreInto(source, options, file)
    } finally {
      lock.release()
    }
  } finally {
    source.close()
  }
}

async function restoreInto(
  source: DatabaseSync,
  { directory, repair, revokeTokens, onProgress, onBegun }: RestoreOptions,
  file: string,
): Promise<RestoreReport> {
  const target = join(directory, databaseName)
  for (const suffix of ['', '-wal', '-journal']) {
    if (!existsSync(`${target}${suffix}`)) continue
    throw new OperatorError(
      `There is a database in ${directory} already (${databaseName}${suffix}), and a restore replaces none.`,
      'Name a new directory with --data, or move this one away first.',
    )
  }
  const partial = join(directory, partialName)
  // What an earlier restore left that was killed: the directory is ours, so nobody is at work on it.
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true })
  const copy = new NewFile(target, partial)
  onBegun(() => copy.discard())
  try {
    await copySnapshot(
      source,
      partial,
      () => copy.sync(),
      (progress) => onProgress({ phase: 'copying', ...progress }),
    )
    const { repaired, tokens } = prepareCopy(partial, repair, revokeTokens)
    const report = await verifyFile({ file: partial, depth: 'everything', repair }, onProgress)
    if (report.damage.length > 0) {
      throw new OperatorError(`it is damaged (${report.damage[0]}).`, 'Take an older backup.')
    }
    if (report.problems.length > 0) {
      const advice = repair ? 'Take an older backup.' : 'With --repair, what can be computed anew is.'
      throw new OperatorError(`${report.problems.join('; ')}.`, advice)
    }
    if (report.unreadable.length > 0 && !repair) {
      throw new OperatorError(
        `${report.unreadable.join('; ')}.`,
        'With --repair it is restored all the same, and these requests stay as they are.',
      )
    }
    copy.publish(false)
    return { ...report, repaired: [...repaired, ...report.repaired], tokens }
  } catch (cause) {
    copy.discard()
    if (copy.isNamed) {
      throw new OperatorError(
        `${file} was restored, but ${directory} may not have it any more after a loss of power: ${reasonOf(cause)}.`,
        'Look after the disk, then restore it again into a new directory.',
        { cause },
      )
    }
    const { problem, advice } = whyOf(cause, 'Remove the cause, then restore it again.')
    throw new OperatorError(
      `${file} was not restored: ${problem} ${directory} has no database, as before.`,
      advice,
      { cause },
    )
  }
}

function openSource(file: string): DatabaseSync {
  try {
    return openToRead(file)
  } catch (cause) {
    throw new OperatorError(
      `${file} is no database of Headlock, or cannot be read: ${reasonOf(cause)}.`,
      'Name a file that "headlock backup" wrote.',
      { cause },
    )
  }
}
