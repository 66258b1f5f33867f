import { existsSync, rmSync } from 'node:fs'
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
import { assertFile, type BackupProgress, whyOf } from './backup.ts'
import { prepareCopy, type RestoredToken } from './restored-copy.ts'

export interface RestoreOptions {
  readonly file: string
  /** The data directory. It is created when it does not exist, and must not contain a database. */
  readonly directory: string
  /** Whether counts and everything else that follows from other data are recomputed. */
  readonly repair: boolean
  /** Whether the tokens of the backup are left out. */
  readonly revokeTokens: boolean
  onProgress(progress: BackupProgress): void
  /** Called with a text for people when other users of the machine lost their rights on the directory. */
  onTightened(what: string): void
  /** Called with a function that removes the incomplete database, for a process that is interrupted. */
  onBegun(discard: () => void): void
}

export interface RestoreReport extends VerifyReport {
  /** The tokens in the backup, also when they were left out of the restored database. */
  readonly tokens: readonly RestoredToken[]
}

/**
 * Makes a backup the database of a data directory. The backup is copied, brought to the schema of this version, and
 * verified. Only then does the copy get the name of the database.
 *
 * @throws OperatorError that also says whether the directory has a database
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const file = resolve(options.file)
  assertFile(file)
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
      `${directory} already contains a database (${databaseName}${suffix}), and a restore never replaces one.`,
      'Name a new directory with --data, or move this one away first.',
    )
  }
  const partial = join(directory, partialName)
  // An earlier restore that was killed may have left these. This process has locked the directory, so nobody uses them.
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
      throw new OperatorError(`it is damaged (${report.damage[0]}).`, 'Use an older backup.')
    }
    if (report.problems.length > 0) {
      const advice = repair
        ? 'Use an older backup.'
        : 'Add --repair to recompute everything that follows from other data.'
      throw new OperatorError(`${report.problems.join('; ')}.`, advice)
    }
    if (report.unreadable.length > 0 && !repair) {
      throw new OperatorError(
        `${report.unreadable.join('; ')}.`,
        'Add --repair to restore it anyway. These requests then stay as they are.',
      )
    }
    copy.publish(false)
    return { ...report, repaired: [...repaired, ...report.repaired], tokens }
  } catch (cause) {
    copy.discard()
    if (copy.isNamed) {
      throw new OperatorError(
        `${file} was restored, but a power cut may still remove it from ${directory}: ${reasonOf(cause)}.`,
        'Check the disk, then restore again into a new directory.',
        { cause },
      )
    }
    const { problem, advice } = whyOf(cause, 'Remove the cause, then restore again.')
    throw new OperatorError(
      `${file} was not restored: ${problem} ${directory} still contains no database.`,
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
      `${file} is not a database of Headlock, or cannot be read: ${reasonOf(cause)}.`,
      'Name a file that "headlock backup" wrote.',
      { cause },
    )
  }
}
