import type { Right } from '../../domain/caller.ts'
import { HeadlockError } from '../../domain/errors.ts'
import { randomId } from '../../domain/identity.ts'
import { foldedName, isQueueName, type QueueView } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import { namesOf, type RowOf, valuesAt, without } from '../columns/column.ts'
import { newQueueRow } from '../columns/queues.ts'
import type { BeginFork } from '../jobs/run-fork.ts'
import type {
  GetOrCreateQueue,
  InspectedQueue,
  ListQueues,
  QueuePage,
  QueueParams,
} from '../params/queues.ts'
import { ownedBy, usable } from '../queue-access.ts'
import { UnsavedQueues } from '../queue-state.ts'
import type { ReadNotes } from './batching/read-notes.ts'
import { queueOf } from './batching/transaction.ts'
import { type AskedAt, type PostgresClock, selectWall, wallOf } from './clock.ts'
import { postgresQueueColumns, toStored } from './columns.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { type Bound, statement } from './connection/statement.ts'
import { writeOfJob } from './jobs/job-rows.ts'
import { type DeletionFigures, QueueDeletion } from './queue-deletion.ts'
import { QueueExpiry } from './queue-expiry.ts'
import type { QueueLookup } from './queue-lookup.ts'
import { type PostgresQueueRow, queueRowColumnsWithoutPolicy } from './rows.ts'

/**
 * How often to look for a queue by name and try to create it. Needing more than two attempts means that the
 * tables contradict each other.
 */
const attemptsMax = 10
interface RowAndClock extends PostgresQueueRow {
  wall: string
}

interface ReadQueue {
  readonly row: RowAndClock
  readonly askedAt: AskedAt
  /** Accesses of queues that the row may not have (ReadNotes). */
  readonly accessTimes: ReadonlyMap<string, Millis>
}

const selectQueue = statement(
  `SELECT ${queueRowColumnsWithoutPolicy}, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`,
)
const takeName = statement(`
  INSERT INTO queue_names (owner_id, name_folded, queue_id) VALUES ($1, $2, $3)
  ON CONFLICT DO NOTHING RETURNING queue_id`)
const insertedColumns = without(postgresQueueColumns, ['number'])
const insertedNames = namesOf(insertedColumns)
const insertQueue = statement(`
  INSERT INTO queues (number, ${insertedNames.join(', ')})
  VALUES (nextval('queue_numbers'), ${insertedNames.map((_, index) => `$${index + 1}`).join(', ')})
  RETURNING ${queueRowColumnsWithoutPolicy}`)
const selectOwner = statement('SELECT owner_id FROM queues WHERE queue_id = $1')
const selectUsername = statement('SELECT username FROM users WHERE id = $1')
/** Finds, creates, shows and deletes queues. What happens inside a queue is in `operations/`. */
export class PostgresQueues {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #lookup: QueueLookup
  readonly #notes: ReadNotes
  readonly #deletion: QueueDeletion
  readonly #writeReads: (queueId: string) => Promise<void>
  readonly #expiry: QueueExpiry

  /** @param writeReads writes the waiting reads of a queue */
  constructor(
    database: Database,
    clock: PostgresClock,
    lookup: QueueLookup,
    notes: ReadNotes,
    figures: DeletionFigures,
    writeReads: (queueId: string) => Promise<void>,
  ) {
    this.#database = database
    this.#clock = clock
    this.#lookup = lookup
    this.#notes = notes
    this.#deletion = new QueueDeletion(database, clock, notes, figures)
    this.#writeReads = writeReads
    this.#expiry = new QueueExpiry(database, (queueId, lastAccess) =>
      this.#deletion.expire(queueId, lastAccess),
    )
  }

  /** Counts as an access, but not as a touch by a client (7.2, 7.3). */
  async get(params: QueueParams): Promise<QueueView> {
    const { row, askedAt } = await this.#read(params, 'read')
    return this.#accessed(row, askedAt)
  }

  /** Like `get`, but not an access. */
  async inspect(params: QueueParams): Promise<InspectedQueue> {
    const { row, askedAt, accessTimes } = await this.#read(params, 'inspect')
    const queue = viewOf(row, accessTimes.get(row.queue_id))
    return { queue, readAt: this.#timeOf(row, askedAt) }
  }

  /** The ID of a queue that this user may use so. */
  async idFor(params: QueueParams, right: Right): Promise<string> {
    const queueId = await this.#lookup.idAt(params)
    const [row] = await withRetries(() => this.#database.query<{ owner_id: string }>(selectOwner, [queueId]))
    usable(params, row, right)
    return queueId
  }

  /**
   * Makes the queue of a fork, and stores the job that copies to it (14.6). The source is not locked: a place that it gives
   * meanwhile has a higher sequence number, which the copy does not take over.
   */
  async beginFork(params: BeginFork): Promise<QueueView> {
    const { userId, name, selection, jobId } = params
    const { row: source } = await this.#read(params, 'read')
    if (!isQueueName(name)) throw new HeadlockError('queueNameInvalid')
    const lastSequence = source.last_ticket
    const made = await this.#create(
      { userId, name },
      lastSequence,
      ({ queue_id: queueId, created_at: now }) => {
        const task = {
          kind: 'fork',
          sourceId: source.queue_id,
          selection,
          forkedAt: now,
          lastSequence,
        } as const
        const progress = {
          state: 'running',
          cursor: '',
          matched: 0,
          done: 0,
          endedAt: null,
          problem: null,
        } as const
        return writeOfJob({ id: jobId, queueId, ownerId: userId, task, startedAt: now, ...progress })
      },
    )
    if (made === null) throw new HeadlockError('forkNameTaken', { name })
    return viewOf(made)
  }

  async getOrCreate(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }> {
    const { userId, name } = params
    if (name !== null && !isQueueName(name)) throw new HeadlockError('queueNameInvalid')
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const address = name === null ? null : { ownerName: null, queueName: name }
      const named = address === null ? undefined : await this.#lookup.byName(address, { userId })
      const existingId = named?.queue_id ?? null
      if (existingId !== null) await this.#writePendingReads(existingId)
      const askedAt = this.#clock.asked()
      const row = existingId === null ? undefined : await this.#row(existingId)
      if (row !== undefined) return { queue: this.#accessed(row, askedAt), created: false }
      const created = await this.#create(params)
      // Null if another call has just created a queue of that name, or is deleting one.
      if (created !== null) return { queue: viewOf(created), created: true }
    }
    throw new HeadlockError('storeUnavailable', {
      problem: 'the name is taken, but its queue does not exist',
    })
  }

  async list({ userId, offset, limit, desc, unnamed, ownership }: ListQueues): Promise<QueuePage> {
    if (ownership === 'sharedWithMe') return { total: 0, items: [] }
    const condition = unnamed ? ownedBy('$1') : `${ownedBy('$1')} AND name IS NOT NULL`
    const direction = desc ? 'DESC' : 'ASC'
    const [counted] = await withRetries(() =>
      this.#database.query<{ total: number }>(
        statement(`SELECT count(*) AS total FROM queues WHERE ${condition}`),
        [userId],
      ),
    )
    for (const queueId of this.#notes.queuesWithUnwrittenReads()) await this.#writePendingReads(queueId)
    const accessTimes = this.#notes.accessTimes()
    const rows = await withRetries(() =>
      this.#database.query<PostgresQueueRow>(
        statement(`
          SELECT ${queueRowColumnsWithoutPolicy} FROM queues WHERE ${condition}
          ORDER BY created_at ${direction}, number ${direction} LIMIT $2 OFFSET $3`),
        [userId, limit, offset],
      ),
    )
    return {
      total: counted!.total,
      items: rows.map((row) => viewOf(row, accessTimes.get(row.queue_id))),
    }
  }

  /** Hides the queue from every later call (7.9). The purge deletes its requests. */
  async delete(params: QueueParams): Promise<void> {
    const queueId = await this.#lookup.idAt(params)
    const { userId } = params
    usable({ userId }, await this.#deletion.delete(queueId, userId), 'manage')
  }

  /** Deletes some of the unnamed queues whose last access is too long ago (7.7). Returns how many. */
  async expire(retentionMs: Millis): Promise<number> {
    return this.#expiry.step((await this.now()) - retentionMs)
  }

  /** The current time, if no queue is involved. */
  async now(): Promise<Millis> {
    const askedAt = this.#clock.asked()
    const [row] = await withRetries(() =>
      this.#database.query<{ wall: number }>(selectWall, [this.#clock.wallValue]),
    )
    return this.#clock.read(row!.wall, askedAt, { queueId: '', shownAt: 0, leadMs: 0 })
  }

  /** Null if the name is taken. @param written together with the queue */
  async #create(
    params: GetOrCreateQueue,
    lastSequence = 0,
    written?: (row: PostgresQueueRow) => Bound,
  ): Promise<PostgresQueueRow | null> {
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
        const row: RowOf<typeof insertedColumns> = {
          ...newQueueRow({ id, ownerId: userId, name, title, generalAccess }, now),
          last_ticket: lastSequence,
          queue_id: id,
          owner_name: username,
          shown_at: now,
          clock_lead: 0,
          head_from_at: 0,
          head_from_sequence: 0,
          waited_until: 0,
          looked_until: 0,
        }
        const values = valuesAt(insertedNames, row).map(toStored)
        const { rows } = await client.query<PostgresQueueRow>({ ...insertQueue, values })
        if (written !== undefined) {
          const { name, text, values } = written(rows[0]!)
          await client.query({ name, text, values: [...values] })
        }
        return rows[0]!
      }),
    )
  }

  async #read(params: QueueParams, right: Right): Promise<ReadQueue> {
    const queueId = await this.#lookup.idAt(params)
    await this.#writePendingReads(queueId)
    const accessTimes = this.#notes.accessTimes()
    const askedAt = this.#clock.asked()
    return { row: usable(params, await this.#row(queueId), right), askedAt, accessTimes }
  }

  async #row(queueId: string): Promise<RowAndClock | undefined> {
    const values = [queueId, this.#clock.wallValue]
    return (await withRetries(() => this.#database.query<RowAndClock>(selectQueue, values)))[0]
  }

  /**
   * Writes the waiting reads of a queue before its statistics are shown. They have to include every read that
   * was answered (7.4).
   */
  async #writePendingReads(queueId: string): Promise<void> {
    if (this.#notes.hasUnwrittenReads(queueId)) await withRetries(() => this.#writeReads(queueId))
  }

  #accessed(row: RowAndClock, askedAt: AskedAt): QueueView {
    const accessedAt = this.#timeOf(row, askedAt)
    this.#notes.add(row.queue_id, { accessedAt })
    return viewOf(row, accessedAt)
  }

  #timeOf({ wall, shown_at, clock_lead, queue_id }: RowAndClock, askedAt: AskedAt): Millis {
    return this.#clock.read(Number(wall), askedAt, {
      queueId: queue_id,
      shownAt: shown_at,
      leadMs: clock_lead,
    })
  }
}

/** @param accessedAt the latest access that this server knew before it read the row */
function viewOf(row: PostgresQueueRow, accessedAt: Millis = 0): QueueView {
  const queue = queueOf(row, new UnsavedQueues())
  queue.accessed(accessedAt)
  return queue.view()
}
