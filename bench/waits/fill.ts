/** Fills the store for `bench/waits.ts` straight in the database: a store of a size that calls would take hours to make. */
import type { DatabaseSync } from 'node:sqlite'
import type { ClientBase } from 'pg'
import { randomText } from '../../src/domain/identity.ts'

/** Of one queue, in the order in which they come. */
export interface RowsAsk {
  readonly queueId: string
  readonly count: number
  readonly what: 'pending' | 'locked' | 'expired' | 'handled'
  /** Their IDs begin with it, so that they come first or last in a list. */
  readonly idPrefix?: string
  /** Of `userData`. */
  readonly contentBytes?: number
  /** Of the URL and the unique key, each. */
  readonly urlBytes?: number
}

export interface Filler {
  rows(ask: RowsAsk): Promise<void>
  /** Queues without requests, every second one with a name. */
  queues(userId: string, count: number, accessedAt: number): Promise<void>
  /** Counts of every queue, and what else follows from its rows. */
  finish(): Promise<void>
}

const holder = 'holder'
const lockedForMs = 3_600_000

const columns =
  'id, available_at, sequence, handled_at, locked_by, lock_expires_at, available_before, bytes, retry_count, method, ' +
  'unique_key, url, other_fields'

function* rowsOf(ask: RowsAsk): Generator<(string | number | null)[]> {
  const { count, what, idPrefix = '', contentBytes = 100, urlBytes = 40 } = ask
  const now = Date.now()
  // Nothing that PostgreSQL could make smaller.
  const content = `"userData":{"text":"${randomText(contentBytes)}"}`
  for (let index = 0; index < count; index++) {
    const id = idPrefix + randomText(15 - idPrefix.length)
    const url = `https://example.com/${id}`.padEnd(urlBytes, 'x')
    // As head/lock leaves them behind: 25 at a time, some milliseconds apart.
    const addedAt = now - 10_000_000 + Math.floor(index / 25)
    const endsAt =
      what === 'locked'
        ? now + lockedForMs + Math.floor(index / 25)
        : now - 1_000_000 + Math.floor(index / 25)
    const isHeld = what === 'locked' || what === 'expired'
    const isHandled = what === 'handled'
    yield [
      id,
      isHandled ? null : isHeld ? endsAt : addedAt,
      isHandled ? null : index + 1,
      isHandled ? now : null,
      isHeld ? holder : null,
      isHeld ? endsAt : null,
      isHeld ? addedAt : null,
      url.length * 2 + content.length,
      0,
      'GET',
      url,
      url,
      content,
    ]
  }
}

export class SqliteFiller implements Filler {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec('PRAGMA wal_autocheckpoint = 20000; PRAGMA cache_size = -262144')
  }

  async rows(ask: RowsAsk): Promise<void> {
    const { number } = this.#db.prepare('SELECT number FROM queues WHERE id = ?').get(ask.queueId)!
    const insert = this.#db.prepare(
      `INSERT INTO requests (queue_number, ${columns}) VALUES (?${', ?'.repeat(columns.split(', ').length)})`,
    )
    this.#db.exec('BEGIN')
    for (const row of rowsOf(ask)) insert.run(number!, ...row)
    this.#db.exec('COMMIT')
  }

  async queues(userId: string, count: number, accessedAt: number): Promise<void> {
    const insert = this.#db.prepare(`
      INSERT INTO queues (id, owner_id, name, name_folded, created_at, modified_at, accessed_at, total_count,
        handled_count, last_ticket, had_multiple_clients, write_count, read_count, delete_count,
        head_item_read_count, storage_bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0)`)
    this.#db.exec('BEGIN')
    for (let index = 0; index < count; index++) {
      const name = index % 2 === 0 ? null : `queue-${index}`
      insert.run(randomText(17), userId, name, name, accessedAt + index, accessedAt, accessedAt)
    }
    this.#db.exec('COMMIT')
  }

  async finish(): Promise<void> {
    this.#db.exec(`
      UPDATE queues SET (total_count, handled_count, storage_bytes, last_ticket) = (
        SELECT count(*), count(handled_at), coalesce(sum(bytes), 0), count(*)
        FROM requests WHERE queue_number = queues.number);
      PRAGMA wal_checkpoint(TRUNCATE)`)
  }
}

const rowsPerStatement = 10_000

export class PostgresFiller implements Filler {
  readonly #client: ClientBase

  constructor(client: ClientBase) {
    this.#client = client
  }

  async rows(ask: RowsAsk): Promise<void> {
    const names = columns.split(', ')
    const perStatement = Math.max(1, Math.min(rowsPerStatement, Math.floor(2e7 / (ask.contentBytes ?? 1))))
    let waiting: (string | number | null)[][] = []
    const write = async () => {
      const objects = waiting.map((row) => Object.fromEntries(row.map((value, at) => [names[at]!, value])))
      waiting = []
      await this.#client.query(
        `INSERT INTO requests (queue_id, ${columns})
         SELECT $1, ${columns} FROM jsonb_populate_recordset(NULL::requests, $2::jsonb)`,
        [ask.queueId, JSON.stringify(objects)],
      )
    }
    for (const row of rowsOf(ask)) if (waiting.push(row) === perStatement) await write()
    if (waiting.length > 0) await write()
  }

  async queues(userId: string, count: number, accessedAt: number): Promise<void> {
    await this.#client.query(
      `INSERT INTO queues (queue_id, number, owner_id, owner_name, name, created_at, modified_at, accessed_at,
        total_count, handled_count, last_ticket, had_multiple_clients, write_count, read_count, delete_count,
        head_item_read_count, storage_bytes, shown_at, clock_lead, held_count, head_from_at, head_from_sequence, scheduled_until)
      SELECT substr(md5(index::text || $1), 1, 17), nextval('queue_numbers'), $1, 'many',
        CASE index % 2 WHEN 0 THEN NULL ELSE 'queue-' || index END, $2::bigint + index, $2, $2,
        0, 0, 0, false, 0, 0, 0, 0, 0, $2, 0, 0, 0, 0, 0 FROM generate_series(1, $3) AS index`,
      [userId, accessedAt, count],
    )
  }

  async finish(): Promise<void> {
    await this.#client.query(`
      UPDATE queues SET total_count = found.total, handled_count = found.handled, storage_bytes = found.bytes,
        last_ticket = found.total, held_count = found.held
      FROM (SELECT queue_id, count(*) AS total, count(handled_at) AS handled, coalesce(sum(bytes), 0) AS bytes,
        count(locked_by) AS held FROM requests GROUP BY queue_id) AS found
      WHERE queues.queue_id = found.queue_id`)
    await this.#client.query('VACUUM ANALYZE')
  }
}
