/**
 * Limit (b): SQLite alone, in one process, inserting the same rows into the same table with the same durability, 500 rows a
 * transaction. And limit (c): the time of one fdatasync on the same disk.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openWriter } from '../../src/store/sqlite/database.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { idOf, otherFields, rowBytes, urlOf } from '../load/calls.ts'

const rowsPerTransaction = 500

export interface StoreLimits {
  readonly storeRowsPerSecond: number
  readonly fdatasyncMs: number
}

process.on('message', ({ directory, measureMs }: { directory: string; measureMs: number }) => {
  process.send!({ storeRowsPerSecond: insertRows(directory, measureMs), fdatasyncMs: syncTime(directory) })
})
process.on('disconnect', () => process.exit(0))

function insertRows(directory: string, measureMs: number): number {
  const db = openWriter(join(directory, 'limit.sqlite'))
  migrate(db)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const insert = db.prepare(`
    INSERT INTO requests (queue_number, id, handled_at, available_at, sequence, bytes,
      retry_count, method, unique_key, url, other_fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue_number, id) DO NOTHING`)
  let rows = 0
  const startedAt = performance.now()
  while (performance.now() - startedAt < measureMs) {
    begin.run()
    for (let index = 0; index < rowsPerTransaction; index++) {
      const url = urlOf(rows++)
      insert.run(
        1,
        idOf(url),
        null,
        1_795_344_000_000 + rows,
        rows,
        rowBytes,
        0,
        'GET',
        url,
        url,
        otherFields,
      )
    }
    commit.run()
  }
  const seconds = (performance.now() - startedAt) / 1000
  db.close()
  return rows / seconds
}

/** The median of many: a page is written to the end of a file and made durable. */
function syncTime(directory: string): number {
  const file = openSync(join(directory, 'limit.sync'), 'w')
  const page = Buffer.alloc(4096, 1)
  const times: number[] = []
  for (let index = 0; index < 300; index++) {
    writeSync(file, page)
    const from = performance.now()
    fdatasyncSync(file)
    times.push(performance.now() - from)
  }
  closeSync(file)
  times.sort((a, b) => a - b)
  return times[times.length >> 1]!
}
