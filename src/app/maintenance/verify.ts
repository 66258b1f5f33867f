import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { VerifyProgress, VerifyReport } from '../../store/maintenance/verify-report.ts'
import { DirectoryLock } from '../../store/sqlite/file/directory-lock.ts'
import { databaseName } from '../../store/sqlite/file/private-files.ts'
import { assertHeadlock, openToRead } from '../../store/sqlite/maintenance/snapshot.ts'
import { verifyFile } from '../../store/sqlite/maintenance/verify-thread.ts'
import type { PostgresChoice } from '../config/store-choice.ts'
import { postgresOpenError } from '../postgres-open-error.ts'
import { reasonInSentence } from './backup.ts'

type OnProgress = (progress: VerifyProgress) => void

/**
 * Verifies the database of a data directory, beside a server or not, as it is at this moment; with `repair` what can be is
 * computed anew first, and then no server may use the directory.
 *
 * @throws Error saying what to do when that cannot be done
 */
export async function verifyDirectory(
  directory: string,
  repair: boolean,
  onProgress: OnProgress,
  onTightened: (what: string) => void = () => {},
): Promise<VerifyReport> {
  const file = join(directory, databaseName)
  if (!existsSync(file)) {
    throw new Error(
      `There is no Headlock database in ${directory}. Name the data directory of your server with --data.`,
    )
  }
  if (!repair) return verifyBackup(file, onProgress)
  const lock = DirectoryLock.take(directory, onTightened)
  try {
    return await verifyAny(file, true, onProgress)
  } finally {
    lock.release()
  }
}

/** Verifies a file as `headlock backup` writes it. @throws Error as `verifyDirectory` does */
export async function verifyBackup(file: string, onProgress: OnProgress): Promise<VerifyReport> {
  return verifyAny(resolve(file), false, onProgress)
}

/** Verifies a PostgreSQL, which servers may use meanwhile, also where it is repaired. @throws Error as `verifyDirectory` does */
export async function verifyDatabaseServer(
  choice: PostgresChoice,
  repair: boolean,
  onProgress: OnProgress,
): Promise<VerifyReport> {
  const { verifyPostgres } = await import('../../store/postgres/maintenance/verify.ts')
  const { url, schema } = choice
  try {
    return await verifyPostgres({ url, schema, repair, onProgress })
  } catch (cause) {
    throw postgresOpenError(cause, choice)
  }
}

async function verifyAny(file: string, repair: boolean, onProgress: OnProgress): Promise<VerifyReport> {
  if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`There is no file ${file}.`)
  try {
    const db = openToRead(file)
    try {
      assertHeadlock(db, file)
    } finally {
      db.close()
    }
    return await verifyFile({ file, depth: 'everything', repair }, onProgress)
  } catch (cause) {
    const reason = reasonInSentence(cause)
    if (reason.startsWith(file)) throw cause
    throw new Error(`${file} cannot be verified: ${reason}.`, { cause })
  }
}
