/**
 * Fills queues straight in the store, as if crawls of that size had come half-way. The indexes are made after most of the
 * rows, which sorts what they would otherwise get at random; the rest comes with the indexes in place, because pages of an
 * index that has just been made are full, and the first adds would have to split nearly all of them. Grown ones have room.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { requestIdOf } from '../src/domain/identity.ts'
import { openWriter } from '../src/store/sqlite/file/database.ts'
import { databaseName } from '../src/store/sqlite/file/private-files.ts'
import { otherFields, rowBytes, urlOf } from './load/requests.ts'

const shareWithoutIndexes = 0.6
const rowsPerTransaction = 500_000
const lockedForMs = 3_600_000

/**
 * What is to be filled. Every queue gets the URLs with the numbers from 0 to `requests / queueIds.length`, those that any
 * other queue has.
 */
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

function fill({ directory, queueIds, requests, locked }: BulkAsk): void {
  const db = openWriter(join(directory, databaseName))
  db.exec('PRAGMA wal_autocheckpoint = 20000; PRAGMA cache_size = -262144; PRAGMA temp_store = DEFAULT')
  const queueNumbers = queueIds.map(
    (id) => db.prepare('SELECT number FROM queues WHERE id = ?').get(id)!['number'] as number,
  )
  const perQueue = Math.floor(requests / queueIds.length)
  const insert = insertWith(db, Math.floor(locked / queueIds.length))
  const without = Math.floor(perQueue * shareWithoutIndexes)

  const indexes = db
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'requests' AND sql NOT NULL",
    )
    .all()
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`)
  insertAll(db, insert, placesOf(queueNumbers, 0, without), (places) => places)
  for (const { sql } of indexes) db.exec(String(sql))
  insertAll(db, insert, placesOf(queueNumbers, without, perQueue), sortedById)

  db.exec(`
    UPDATE queues SET (total_count, handled_count, storage_bytes, last_ticket) = (
      SELECT count(*), count(handled_at), coalesce(sum(bytes), 0), count(*)
      FROM requests WHERE queue_number = queues.number);
    PRAGMA wal_checkpoint(TRUNCATE)`)
  db.close()
}

/** A row that is to be: the number of its queue in the store, and of its URL. */
interface Place {
  readonly queueNumber: number
  readonly number: number
  readonly id: string
}

/** In the order in which they would have come, to all queues in turn. */
function* placesOf(queueNumbers: readonly number[], from: number, to: number): Generator<Place> {
  for (let number = from; number < to; number++) {
    const id = requestIdOf(urlOf(number))
    for (const queueNumber of queueNumbers) yield { queueNumber, number, id }
  }
}

/** As the index of IDs has them, so that each of its pages is come to once a transaction and not once a row. */
function sortedById(places: Place[]): Place[] {
  return places.sort((a, b) => a.queueNumber - b.queueNumber || (a.id < b.id ? -1 : 1))
}

/** Inserts all of them in big transactions, the places of each in the order that `sorted` gives them. */
function insertAll(
  db: DatabaseSync,
  insert: (place: Place) => void,
  places: Iterator<Place>,
  sorted: (places: Place[]) => Place[],
): void {
  for (;;) {
    const next: Place[] = []
    while (next.length < rowsPerTransaction) {
      const { value, done } = places.next()
      if (done === true) break
      next.push(value)
    }
    if (next.length === 0) return
    db.exec('BEGIN')
    for (const place of sorted(next)) insert(place)
    db.exec('COMMIT')
  }
}

/** Every second request of a queue is handled; the first unhandled ones are locked for an hour. */
function insertWith(db: DatabaseSync, lockedPerQueue: number): (place: Place) => void {
  const now = Date.now()
  const insert = db.prepare(`
    INSERT INTO requests (queue_number, id, handled_at, available_at, sequence, locked_by, lock_expires_at,
      available_before, bytes, retry_count, method, unique_key, url, other_fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${rowBytes}, 0, 'GET', ?, ?, ?)`)
  return ({ queueNumber, number, id }) => {
    const url = urlOf(number)
    const handled = number % 2 === 1
    const lockedUntil = !handled && number / 2 < lockedPerQueue ? now + lockedForMs : null
    const addedAt = now - 1_000_000 + Math.floor(number / 10_000)
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
  }
}
