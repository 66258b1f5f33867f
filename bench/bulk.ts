/**
 * Fills queues straight in the store, as if crawls of that size had come half-way: rows in the order in which they would
 * have come, in big transactions, and the indexes made afterwards, which sorts what they would otherwise get at random.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openWriter } from '../src/store/sqlite/database.ts'
import { databaseName } from '../src/store/sqlite/store.ts'
import { idOf, otherFields, rowBytes, urlOf } from './load/calls.ts'

const rowsPerTransaction = 100_000

export interface BulkAsk {
  readonly directory: string
  readonly queueIds: readonly string[]
  /** In all queues together, spread evenly. */
  readonly requests: number
  readonly locked: number
}

process.on('message', (ask: BulkAsk) => {
  fill(ask)
  process.send!({ done: true })
})
process.on('disconnect', () => process.exit(0))

/** Every second request is handled; the first unhandled ones are locked for an hour. */
function fill({ directory, queueIds, requests, locked }: BulkAsk): void {
  const db = openWriter(join(directory, databaseName))
  db.exec('PRAGMA wal_autocheckpoint = 20000; PRAGMA cache_size = -262144; PRAGMA temp_store = DEFAULT')
  const indexes = db
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'requests' AND sql NOT NULL",
    )
    .all()
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`)
  const queueNumbers = queueIds.map(
    (id) => db.prepare('SELECT number FROM queues WHERE id = ?').get(id)!['number'] as number,
  )
  insertAll(db, queueNumbers, requests, locked)
  for (const { sql } of indexes) db.exec(String(sql))
  db.exec(`
    UPDATE queues SET (total_count, handled_count, storage_bytes, last_ticket) = (
      SELECT count(*), count(handled_at), coalesce(sum(bytes), 0), coalesce(max(number), 0)
      FROM requests WHERE queue_number = queues.number);
    ANALYZE;
    PRAGMA wal_checkpoint(TRUNCATE)`)
  db.close()
}

function insertAll(db: DatabaseSync, queueNumbers: readonly number[], count: number, locked: number): void {
  const now = Date.now()
  const perQueue = Math.floor(count / queueNumbers.length)
  const lockedPerQueue = Math.floor(locked / queueNumbers.length)
  const insert = db.prepare(`
    INSERT INTO requests (queue_number, id, handled_at, available_at, sequence, locked_by, lock_expires_at,
      available_before, bytes, retry_count, method, unique_key, url, other_fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${rowBytes}, 0, 'GET', ?, ?, ?)`)
  let open = 0
  for (let number = 0; number < perQueue; number++) {
    const url = urlOf(number)
    const id = idOf(url)
    const handled = number % 2 === 1
    const lockedUntil = !handled && number / 2 < lockedPerQueue ? now + 3_600_000 : null
    const addedAt = now - 1_000_000 + Math.floor(number / 10_000)
    for (const queueNumber of queueNumbers) {
      if (open === 0) db.exec('BEGIN')
      insert.run(
        queueNumber,
        id,
        handled ? now : null,
        handled ? null : (lockedUntil ?? addedAt),
        handled ? null : number + 1,
        lockedUntil === null ? null : 'bulk',
        lockedUntil,
        lockedUntil === null ? null : addedAt,
        url,
        url,
        otherFields,
      )
      if (++open === rowsPerTransaction) {
        db.exec('COMMIT')
        open = 0
      }
    }
  }
  if (open > 0) db.exec('COMMIT')
}
