import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { VerifyProgress, VerifyReport } from '../../store/maintenance/verify-report.ts'
import { DirectoryLock } from '../../store/sqlite/file/directory-lock.ts'
import { databaseName } from '../../store/sqlite/file/private-files.ts'
import { assertRegularDatabase } from '../../store/sqlite/file/regular-database.ts'
import { assertHeadlock, openToRead } from '../../store/sqlite/maintenance/snapshot.ts'
import { verifyFile } from '../../store/sqlite/maintenance/verify-thread.ts'
import { assertFile } from './backup.ts'

type OnProgress = (progress: VerifyProgress) => void

/**
 * Verifies the database of a data directory as it is at this moment. A server may run meanwhile.
 *
 * @param repair recomputes first everything that follows from other data; no server may use the directory then
 * @throws OperatorError when the database cannot be verified
 */
export async function verifyDirectory(
  directory: string,
  repair: boolean,
  onProgress: OnProgress,
  onTightened: (what: string) => void = () => {},
): Promise<VerifyReport> {
  const file = join(directory, databaseName)
  if (!existsSync(file)) {
    throw new OperatorError(
      `There is no Headlock database in ${directory}.`,
      'Name the data directory of your server with --data.',
    )
  }
  assertRegularDatabase(file)
  if (!repair) return verifyBackup(file, onProgress)
  const lock = DirectoryLock.take(directory, onTightened)
  try {
    return await verifyAny(file, true, onProgress)
  } finally {
    lock.release()
  }
}

/** Verifies a backup. @throws OperatorError as `verifyDirectory` does */
export async function verifyBackup(file: string, onProgress: OnProgress): Promise<VerifyReport> {
  return verifyAny(resolve(file), false, onProgress)
}

async function verifyAny(file: string, repair: boolean, onProgress: OnProgress): Promise<VerifyReport> {
  assertFile(file)
  try {
    const db = openToRead(file)
    try {
      assertHeadlock(db, file)
    } finally {
      db.close()
    }
    return await verifyFile({ file, depth: 'everything', repair }, onProgress)
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(
      `${file} cannot be verified: ${reasonOf(cause)}.`,
      'If the file is damaged, restore a backup.',
      { cause },
    )
  }
}
