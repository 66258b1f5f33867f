import type { Client, CountChange, Moment } from '../domain/lifecycle.ts'
import { type GeneralAccess, type QueueView, seenClient, shownTitle } from '../domain/queue.ts'
import type { Millis } from '../domain/time.ts'
import type { QueueFields, QueueRow } from './columns/queues.ts'

/** The queues whose rows in memory differ from the database. */
export class UnsavedQueues {
  readonly queues = new Set<QueueState>()
  /**
   * Those of them that have to be in the transaction of the call that changed them. Access times and statistics of reads
   * alone may wait for another one: they are not worth an fsync.
   */
  readonly urgent = new Set<QueueState>()

  delete(queue: QueueState): void {
    this.queues.delete(queue)
    this.urgent.delete(queue)
  }
}

/** A row of the table `queues` with the name of its owner. */
export interface LoadedQueueRow extends QueueRow {
  number: number
  owner_name: string
}

/**
 * A queue in the hands of whoever writes to it: counts and statistics are moved here by every call and written once a
 * transaction, whatever the number of calls in it.
 */
export class QueueState implements QueueFields {
  readonly number: number
  readonly id: string
  readonly ownerId: string
  readonly ownerName: string
  readonly createdAt: Millis
  name: string | null
  title: string | null
  generalAccess: GeneralAccess | null
  modifiedAt: Millis
  accessedAt: Millis
  totalCount: number
  handledCount: number
  lastSequence: number
  firstClientKey: string | null
  hadMultipleClients: boolean
  writeCount: number
  readCount: number
  deleteCount: number
  headItemReadCount: number
  storageBytes: number
  readonly nextSequence = () => ++this.lastSequence
  readonly #unsaved: UnsavedQueues

  constructor(row: LoadedQueueRow, unsaved: UnsavedQueues) {
    this.#unsaved = unsaved
    this.number = row.number
    this.id = row.id
    this.ownerId = row.owner_id
    this.ownerName = row.owner_name
    this.createdAt = row.created_at
    this.name = row.name
    this.title = shownTitle(row.title)
    this.generalAccess = row.general_access as GeneralAccess | null
    this.modifiedAt = row.modified_at
    this.accessedAt = row.accessed_at
    this.totalCount = row.total_count
    this.handledCount = row.handled_count
    this.lastSequence = row.last_ticket
    this.firstClientKey = row.first_client_key
    this.hadMultipleClients = row.had_multiple_clients
    this.writeCount = row.write_count
    this.readCount = row.read_count
    this.deleteCount = row.delete_count
    this.headItemReadCount = row.head_item_read_count
    this.storageBytes = row.storage_bytes
  }

  moment(now: Millis): Moment {
    return { now, nextSequence: this.nextSequence }
  }

  /** Every call is an access (7.2). */
  accessed(at: Millis): void {
    if (at > this.accessedAt) this.accessedAt = at
    this.#unsaved.queues.add(this)
  }

  /** A call that takes a client key, and succeeded (7.3). */
  recordClient(client: Client, at: Millis): void {
    this.accessed(at)
    if (this.hadMultipleClients || this.firstClientKey === client.clientKey) return
    const history = seenClient(this, client.clientKey)
    this.firstClientKey = history.firstClientKey
    this.hadMultipleClients = history.hadMultipleClients
    this.#unsaved.urgent.add(this)
  }

  /** A request or a lock changed (7.2). */
  modified(now: Millis): void {
    this.modifiedAt = now
    this.#unsaved.queues.add(this)
    this.#unsaved.urgent.add(this)
  }

  /** What the queue says of itself changed. */
  described(): void {
    this.#unsaved.queues.add(this)
    this.#unsaved.urgent.add(this)
  }

  /** What may wait for a save, and so has to outlive a transaction that fails. */
  reads(): ReadStatistics {
    const { readCount, headItemReadCount, accessedAt } = this
    return { readCount, headItemReadCount, accessedAt }
  }

  countReadsAs(reads: ReadStatistics): void {
    this.readCount = reads.readCount
    this.headItemReadCount = reads.headItemReadCount
    this.accessed(reads.accessedAt)
  }

  count(change: CountChange): void {
    this.totalCount += change.total
    this.handledCount += change.handled
    this.storageBytes += change.bytes
  }

  view(): QueueView {
    return {
      id: this.id,
      ownerId: this.ownerId,
      ownerName: this.ownerName,
      name: this.name,
      title: this.title,
      generalAccess: this.generalAccess,
      createdAt: this.createdAt,
      modifiedAt: this.modifiedAt,
      accessedAt: this.accessedAt,
      totalRequestCount: this.totalCount,
      handledRequestCount: this.handledCount,
      hadMultipleClients: this.hadMultipleClients,
      stats: {
        writeCount: this.writeCount,
        readCount: this.readCount,
        deleteCount: this.deleteCount,
        headItemReadCount: this.headItemReadCount,
        storageBytes: this.storageBytes,
      },
    }
  }
}

export interface ReadStatistics {
  readonly readCount: number
  readonly headItemReadCount: number
  readonly accessedAt: Millis
}
