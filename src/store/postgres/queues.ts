import { HeadlockError } from '../../domain/errors.ts'
import { randomId } from '../../domain/identity.ts'
import { foldedName, isQueueName, type QueueView } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import { UnsavedQueues } from '../queue-state.ts'
import type { GetOrCreateQueue, ListQueues, QueuePage, QueueParams } from '../store.ts'
import type { ReadNotes } from './batching/read-notes.ts'
import { queueOf } from './batching/transaction.ts'
import { type AskedAt, type PostgresClock, wallOf } from './clock.ts'
import { type Database, statement } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { toText } from './encoding/text.ts'
import { type PostgresQueueRow, queueRowColumns } from './rows.ts'

/** So often a queue of a name is looked for and made; more than two means that the tables contradict each other. */
const triesMax = 10
/** So many queues are looked at in one statement, expired or not: it has to be done in time, however many there are. */
const lookedAtPerStepMax = 1000
/** So many expired ones go in one step: whoever stops the server waits for it. */
const expiredPerStepMax = 100

interface RowAndClock extends PostgresQueueRow {
  wall: string
}

const selectQueue = statement(
  `SELECT ${queueRowColumns}, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`,
)
const selectIdByName = statement(`
  SELECT queue_names.queue_id FROM queue_names
  WHERE name_folded = $1
    AND owner_id = CASE WHEN $2::text IS NULL THEN $3
      ELSE (SELECT id FROM users WHERE username_folded = $2::text) END`)
const selectOwner = statement('SELECT owner_id FROM queues WHERE queue_id = $1')
const takeName = statement(`
  INSERT INTO queue_names (owner_id, name_folded, queue_id) VALUES ($1, $2, $3)
  ON CONFLICT DO NOTHING RETURNING queue_id`)
const insertQueue = statement(`
  INSERT INTO queues (queue_id, number, owner_id, owner_name, name, title, general_access, created_at, modified_at,
    accessed_at, total_count, handled_count, last_ticket, had_multiple_clients, write_count, read_count, delete_count, head_item_read_count,
    storage_bytes, shown_at, clock_lead, held_count, head_from_at, head_from_sequence,
    scheduled_until)
  VALUES ($1, nextval('queue_numbers'), $2, $3, $4, $6, $7, $5, $5, $5, 0, 0, 0, false, 0, 0, 0, 0, 0, $5, 0, 0, 0, 0, 0)
  RETURNING ${queueRowColumns}`)
const selectUsername = statement('SELECT username FROM users WHERE id = $1')
const readClock = statement(`SELECT ${wallOf('$1')} AS wall`)
const deleteQueue = statement('DELETE FROM queues WHERE queue_id = $1 AND owner_id = $2 RETURNING owner_id')
const deleteExpired = statement(`
  DELETE FROM queues WHERE queue_id = $1 AND name IS NULL AND accessed_at <= $2::bigint
  RETURNING owner_id`)
const selectExpired = statement(`
  SELECT queue_id, name IS NULL AND accessed_at <= $1::bigint AS expired FROM queues WHERE queue_id > $2
  ORDER BY queue_id LIMIT ${lookedAtPerStepMax}`)
const giveUpName = statement('DELETE FROM queue_names WHERE owner_id = $1 AND queue_id = $2')
const insertPurge = statement('INSERT INTO purges (queue_id) VALUES ($1)')

/** Queues as a whole: found, made, shown and deleted. What happens inside of one is in `operations/`. */
export class PostgresQueues {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #notes: ReadNotes
  readonly #writeReads: (queueId: string) => Promise<void>
  /** Up to which ID the steps of an expiry have come; empty when the next one begins anew. */
  #expiredUpTo = ''

  /** @param writeReads writes the notes of a queue */
  constructor(
    database: Database,
    clock: PostgresClock,
    notes: ReadNotes,
    writeReads: (queueId: string) => Promise<void>,
  ) {
    this.#database = database
    this.#clock = clock
    this.#notes = notes
    this.#writeReads = writeReads
  }

  /** The ID of the queue at that address, without a look whether it is there where the address is an ID. */
  async idAt({ queue, userId }: QueueParams): Promise<string> {
    if ('queueId' in queue) return toText(queue.queueId)
    const id = await this.#idByName(queue.queueName, queue.ownerName, userId)
    if (id === null) throw new HeadlockError('queueNotFound')
    return id
  }

  /** Null when there is none at that address for this user. */
  async find(params: QueueParams): Promise<string | null> {
    const { queue, userId } = params
    const id =
      'queueId' in queue
        ? toText(queue.queueId)
        : await this.#idByName(queue.queueName, queue.ownerName, userId)
    if (id === null) return null
    const [row] = await withRetries(() => this.#database.query<{ owner_id: string }>(selectOwner, [id]))
    return row?.owner_id === userId ? id : null
  }

  /** An access, but no client's touch (7.2, 7.3). */
  async get(params: QueueParams): Promise<QueueView> {
    const queueId = await this.idAt(params)
    await this.#catchUp(queueId)
    const askedAt = this.#clock.asked()
    const row = await this.#row(queueId)
    if (row === undefined || row.owner_id !== params.userId) throw new HeadlockError('queueNotFound')
    return this.#accessed(row, askedAt)
  }

  async getOrCreate(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }> {
    const { userId, name } = params
    if (name !== null && !isQueueName(name)) throw new HeadlockError('queueNameInvalid')
    for (let tries = 0; tries < triesMax; tries++) {
      const there = name === null ? null : await this.#idByName(name, null, userId)
      if (there !== null) await this.#catchUp(there)
      const askedAt = this.#clock.asked()
      const row = there === null ? undefined : await this.#row(there)
      if (row !== undefined) return { queue: this.#accessed(row, askedAt), created: false }
      const created = await this.#create(params)
      // Null: another call made one of that name at this very moment, or deletes one.
      if (created !== null) return { queue: viewOf(created), created: true }
    }
    throw new HeadlockError('storeUnavailable', { problem: 'the name is taken, and its queue is not there' })
  }

  async list({ userId, offset, limit, desc, unnamed, ownership }: ListQueues): Promise<QueuePage> {
    if (ownership === 'sharedWithMe') return { total: 0, items: [] }
    const condition = unnamed ? 'owner_id = $1' : 'owner_id = $1 AND name IS NOT NULL'
    const direction = desc ? 'DESC' : 'ASC'
    const [counted] = await withRetries(() =>
      this.#database.query<{ total: number }>(
        statement(`SELECT count(*) AS total FROM queues WHERE ${condition}`),
        [userId],
      ),
    )
    for (const queueId of this.#notes.behind()) await this.#catchUp(queueId)
    const rows = await withRetries(() =>
      this.#database.query<PostgresQueueRow>(
        statement(`
          SELECT ${queueRowColumns} FROM queues WHERE ${condition}
          ORDER BY created_at ${direction}, number ${direction} LIMIT $2 OFFSET $3`),
        [userId, limit, offset],
      ),
    )
    return {
      total: counted!.total,
      items: rows.map((row) => viewOf(row, this.#notes.accessedAt(row.queue_id))),
    }
  }

  /** Gone for every later call (7.9); its requests are left to the purge. */
  async delete(params: QueueParams): Promise<void> {
    const queueId = await this.idAt(params)
    if (!(await this.#drop(queueId, deleteQueue, [queueId, params.userId])))
      throw new HeadlockError('queueNotFound')
  }

  /**
   * Deletes unnamed queues whose last access is too long ago (7.7), so many as are done soon; 0 says that none is left. A
   * step begins where the one before ended: what was deleted stays in the index until it is vacuumed.
   */
  async expire(retentionMs: Millis): Promise<number> {
    const lastAccess = (await this.now()) - retentionMs
    let expired = 0
    let beganAnew = false
    do {
      beganAnew ||= this.#expiredUpTo === ''
      const rows = await withRetries(() =>
        this.#database.query<{ queue_id: string; expired: boolean }>(selectExpired, [
          lastAccess,
          this.#expiredUpTo,
        ]),
      )
      this.#expiredUpTo = rows.length < lookedAtPerStepMax ? '' : rows.at(-1)!.queue_id
      for (const row of rows) {
        if (!row.expired || !(await this.#drop(row.queue_id, deleteExpired, [row.queue_id, lastAccess])))
          continue
        if (++expired < expiredPerStepMax) continue
        this.#expiredUpTo = row.queue_id
        break
      }
      // None says nothing of the others, until it is none of all.
    } while (expired === 0 && !(beganAnew && this.#expiredUpTo === ''))
    return expired
  }

  /** The time where no queue is asked for its own. */
  async now(): Promise<Millis> {
    const askedAt = this.#clock.asked()
    const [row] = await withRetries(() =>
      this.#database.query<{ wall: number }>(readClock, [this.#clock.wallValue]),
    )
    return this.#clock.read(row!.wall, askedAt, { queueId: '', shownAt: 0, leadMs: 0 })
  }

  async #drop(
    queueId: string,
    statementThatDeletes: typeof deleteQueue,
    values: unknown[],
  ): Promise<boolean> {
    const dropped = await withRetries(() =>
      this.#database.transaction(async (client) => {
        const { rows } = await client.query<{ owner_id: string }>({ ...statementThatDeletes, values })
        if (rows[0] === undefined) return false
        await client.query({ ...giveUpName, values: [rows[0].owner_id, queueId] })
        await client.query({ ...insertPurge, values: [queueId] })
        return true
      }),
    )
    if (dropped) this.#notes.forget(queueId)
    return dropped
  }

  async #create(params: GetOrCreateQueue): Promise<PostgresQueueRow | null> {
    const { userId, name, title = null, generalAccess = null } = params
    const id = randomId()
    const now = await this.now()
    return withRetries(() =>
      this.#database.transaction(async (client) => {
        if (name !== null) {
          const taken = await client.query({ ...takeName, values: [userId, foldedName(name), id] })
          if (taken.rows.length === 0) return null
        }
        const found = await client.query<{ username: string }>({ ...selectUsername, values: [userId] })
        const { username } = found.rows[0]!
        const values = [id, userId, username, name, now, toText(title), generalAccess]
        const { rows } = await client.query<PostgresQueueRow>({ ...insertQueue, values })
        return rows[0]!
      }),
    )
  }

  async #idByName(name: string, ownerName: string | null, userId: string): Promise<string | null> {
    const values = [
      toText(foldedName(name)),
      ownerName === null ? null : toText(foldedName(ownerName)),
      userId,
    ]
    const [row] = await withRetries(() => this.#database.query<{ queue_id: string }>(selectIdByName, values))
    return row?.queue_id ?? null
  }

  async #row(queueId: string): Promise<RowAndClock | undefined> {
    const values = [queueId, this.#clock.wallValue]
    return (await withRetries(() => this.#database.query<RowAndClock>(selectQueue, values)))[0]
  }

  /** Before statistics are shown: they tell of every read that was answered (7.4). */
  async #catchUp(queueId: string): Promise<void> {
    if (this.#notes.isBehind(queueId)) await withRetries(() => this.#writeReads(queueId))
  }

  #accessed(row: RowAndClock, askedAt: AskedAt): QueueView {
    const { shown_at, clock_lead, queue_id } = row
    const accessedAt = this.#clock.read(Number(row.wall), askedAt, {
      queueId: queue_id,
      shownAt: shown_at,
      leadMs: clock_lead,
    })
    this.#notes.add(queue_id, { accessedAt })
    return viewOf(row, accessedAt)
  }
}

/** With what this server knew of reads before the row was read. */
function viewOf(row: PostgresQueueRow, accessedAt: Millis = 0): QueueView {
  const queue = queueOf(row, new UnsavedQueues())
  queue.accessed(accessedAt)
  return queue.view()
}
