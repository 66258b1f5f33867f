/**
 * Limit (b): SQLite alone, in one process, inserting the same rows into the same table with the same
 * durability, 500 rows a transaction. Limit (c): the time of one fdatasync on the same disk.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { SQLInputValue } from 'node:sqlite'
import { requestIdOf } from '../../src/domain/identity.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { otherFields, rowBytes, urlOf } from '../load/requests.ts'
import { median } from '../rounds/statistics.ts'

const rowsPerTransaction = 500
const warmUpMs = 300
const pageBytes = 4096
/** The number of pages of the file that is overwritten. */
const pageCount = 256
const syncCount = 300

export interface StoreLimits {
  readonly storeRowsPerSecond: number
  readonly fdatasyncMs: number
}

process.on('message', ({ directory, measureMs }: { directory: string; measureMs: number }) => {
  process.send!({ storeRowsPerSecond: insertRows(directory, measureMs), fdatasyncMs: syncTime(directory) })
})
process.on('disconnect', () => process.exit(0))

/** Rows per second of the time inside transactions. Preparing the rows does not count. */
function insertRows(directory: string, measureMs: number): number {
  const db = openWriter(join(directory, 'limit.sqlite'))
  migrate(db)
  // The size that the log has in the server before a checkpoint. More frequent checkpoints would cost more
  // (docs/measurements/2026-11-22-trials.md).
  db.exec('PRAGMA wal_autocheckpoint = 4000')
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const insert = db.prepare(`
    INSERT INTO requests (queue_number, id, handled_at, available_at, sequence, bytes,
      retry_count, method, unique_key, url, other_fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue_number, id) DO NOTHING`)
  let firstNumber = 0
  const insertFor = (lastsMs: number) => {
    let rowCount = 0
    let tookMs = 0
    while (tookMs < lastsMs) {
      const rows = rowsFrom(firstNumber)
      firstNumber += rows.length
      const beganAt = performance.now()
      begin.run()
      for (const row of rows) insert.run(...row)
      commit.run()
      tookMs += performance.now() - beganAt
      rowCount += rows.length
    }
    return (rowCount / tookMs) * 1000
  }
  insertFor(warmUpMs)
  const rowsPerSecond = insertFor(measureMs)
  db.close()
  return rowsPerSecond
}

/** The rows of one transaction, as adds insert them. */
function rowsFrom(firstNumber: number): SQLInputValue[][] {
  return Array.from({ length: rowsPerTransaction }, (_, index) => {
    const number = firstNumber + index + 1
    const url = urlOf(number)
    const addedAt = 1_795_344_000_000 + number
    return [1, requestIdOf(url), null, addedAt, number, rowBytes, 0, 'GET', url, url, otherFields]
  })
}

/**
 * The median time of many syncs. Each sync makes one overwritten page durable, as a commit does with its log
 * once the log has restarted. The file does not grow, because otherwise its new size would have to be made
 * durable too.
 */
function syncTime(directory: string): number {
  const file = openSync(join(directory, 'limit.sync'), 'w')
  writeSync(file, Buffer.alloc(pageCount * pageBytes, 1))
  fsyncSync(file)
  const times: number[] = []
  for (let index = 0; index < syncCount; index++) {
    writeSync(file, Buffer.alloc(pageBytes, index), 0, pageBytes, (index % pageCount) * pageBytes)
    const beganAt = performance.now()
    fdatasyncSync(file)
    times.push(performance.now() - beganAt)
  }
  closeSync(file)
  return median(times)
}
