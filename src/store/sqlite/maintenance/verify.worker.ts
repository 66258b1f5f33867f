/**
 * Verifies a file, and repairs it if requested. It has a thread of its own, because SQLite blocks the thread
 * it runs in.
 */

import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { OperatorError } from '../../../domain/operator-error.ts'
import type { VerifyProgress, VerifyReport } from '../../maintenance/verify-report.ts'
import { openDatabase } from '../file/database.ts'
import { isMigrated } from '../migrations/migrate.ts'
import { repairDatabase } from './repair.ts'
import { openToRead } from './snapshot.ts'
import { damageOf, verifyDatabase } from './verify.ts'
import type { VerifyAnswer, VerifyStart } from './verify-thread.ts'

const port = parentPort!
const { file, depth, repair } = workerData as VerifyStart
const cacheKilobytes = 65_536

const repaired = repair ? repairFile() : []
port.postMessage({ report: read(repaired) } satisfies VerifyAnswer)

function repairFile(): string[] {
  const db = openDatabase(file)
  try {
    db.exec(`PRAGMA cache_size = -${cacheKilobytes}`)
    assertMigrated(db)
    reportProgress({ phase: 'repairing', done: 0, total: 0 })
    return repairDatabase(db, Date.now())
  } finally {
    db.close()
  }
}

function read(repaired: readonly string[]): VerifyReport {
  const db = openToRead(file)
  try {
    db.exec(`PRAGMA cache_size = -${cacheKilobytes}`)
    // One snapshot, even if others write meanwhile.
    db.exec('BEGIN')
    if (depth === 'pages') {
      reportProgress({ phase: 'reading the file', done: 0, total: 0 })
      return { damage: damageOf(db, 'pages'), problems: [], unreadable: [], counts: null, repaired }
    }
    assertMigrated(db)
    const { damage, findings, unreadable, counts } = verifyDatabase(db, Date.now(), reportProgress)
    return {
      damage,
      problems: findings.summary(),
      unreadable: unreadable.summary(),
      counts,
      repaired,
    }
  } finally {
    db.close()
  }
}

function reportProgress(progress: VerifyProgress): void {
  port.postMessage({ progress } satisfies VerifyAnswer)
}

function assertMigrated(db: DatabaseSync): void {
  if (isMigrated(db)) return
  throw new OperatorError(
    `${file} has another schema than this Headlock knows.`,
    'Start a server of this version on it once, which brings an older ' + 'one up to date.',
  )
}
