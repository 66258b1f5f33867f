import type { Change, Client, Moment, Removal } from '../domain/lifecycle.ts'
import type { GroupBy, Policy } from '../domain/policy/policy.ts'
import { type GeneralAccess, type QueueView, seenClient, shownTitle } from '../domain/queue.ts'
import type { Millis } from '../domain/time.ts'
import type { AvailabilityNote } from './availability-note.ts'
import type { Building } from './building.ts'
import type { QueueFields, QueueRow } from './columns/queues.ts'
import { QueueTally } from './series/queue-tally.ts'
import { policyOfText } from './stored-policy.ts'

/** The queues whose rows in memory differ from the database. */
export class UnsavedQueues {
  readonly queues = new Set<QueueState>()
  /**
   * Those of them that have to be written in the transaction of the call that changed them. Changed access
   * times and statistics of reads may wait for a later transaction. They are not worth an fsync.
   */
  readonly urgent = new Set<QueueState>()

  delete(queue: QueueState): void {
    this.queues.delete(queue)
    this.urgent.delete(queue)
  }
}

/** A row of the table `queues`, with the name of its owner. */
export interface LoadedQueueRow extends QueueRow {
  number: number
  owner_name: string
}

/**
 * A queue in memory, for the code that writes to it. Calls change its counts and statistics here. They are
 * written once for each transaction, however many calls it has.
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
  policyText: string | null
  policyVersion: number
  grouping: GroupBy | null
  ranks: number
  keepsGroups: boolean
  /** Parsed lazily, because only queues whose groups are being built have it. */
  buildingText: string | null
  /** Null if nobody waits for requests of this queue (13.14). */
  availability: AvailabilityNote | null = null
  revisitsText: string | null
  revisitAt: Millis | null
  /** What the running transaction does in the queue (14.8). */
  readonly tally = new QueueTally()
  historySince: number | null
  readonly nextSequence = () => ++this.lastSequence
  readonly #unsaved: UnsavedQueues
  #building: { readonly text: string; readonly building: Building } | null = null

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
    this.policyText = row.policy
    this.policyVersion = row.policy_version
    this.grouping = row.grouping as GroupBy | null
    this.ranks = row.ranks
    this.keepsGroups = row.keeps_groups
    this.buildingText = row.building
    this.revisitsText = row.revisits
    this.revisitAt = row.revisit_at
    this.historySince = row.history_since
  }

  /** The policy that decides how requests are handed out (13.2). */
  get policy(): Policy {
    const handsOutBy = this.building?.handsOutBy
    return handsOutBy === undefined ? this.newestPolicy : policyOfText(handsOutBy.policy)
  }

  /** The policy that was stored last. It may not be in force yet (13.2). Groups are judged by it. */
  get newestPolicy(): Policy {
    return policyOfText(this.policyText)
  }

  get building(): Building | null {
    const text = this.buildingText
    if (text === null) return null
    // It has whole policies, and each group that is looked at asks for it.
    if (this.#building?.text !== text) this.#building = { text, building: JSON.parse(text) }
    return this.#building.building
  }

  /** Whether requests are handed out by groups. Otherwise by their places alone. */
  get handsOutByGroups(): boolean {
    return this.grouping !== null && this.building?.handsOutBy === undefined
  }

  /** The store has to write these values too (`saveGroups` of its session). */
  setGroups(changes: Partial<Pick<QueueState, PolicyField>>): void {
    Object.assign(this, changes)
    this.described()
    this.availability?.unknownChange()
  }

  moment(now: Millis): Moment {
    return { now, nextSequence: this.nextSequence }
  }

  /** Every call is an access (7.2). */
  accessed(at: Millis): void {
    if (at > this.accessedAt) this.accessedAt = at
    this.#unsaved.queues.add(this)
  }

  /** Records a successful call that takes a client key (7.3). */
  recordClient(client: Client, at: Millis): void {
    this.accessed(at)
    if (this.hadMultipleClients || this.firstClientKey === client.clientKey) return
    const history = seenClient(this, client.clientKey)
    this.firstClientKey = history.firstClientKey
    this.hadMultipleClients = history.hadMultipleClients
    this.#unsaved.urgent.add(this)
  }

  /** Records a change of a request or a lock (7.2). */
  modified(now: Millis): void {
    this.modifiedAt = now
    this.#unsaved.queues.add(this)
    this.#unsaved.urgent.add(this)
  }

  /** The store has to write the text and the version too. */
  setPolicy(text: string | null, version: number): void {
    this.policyText = text
    this.policyVersion = version
    this.described()
    this.availability?.unknownChange()
  }

  /** Records a change of the name, title, access or policy. */
  described(): void {
    this.#unsaved.queues.add(this)
    this.#unsaved.urgent.add(this)
  }

  /** The values that may wait for a save. They have to survive a transaction that fails. */
  reads(): ReadStatistics {
    const { readCount, headItemReadCount, accessedAt } = this
    return { readCount, headItemReadCount, accessedAt }
  }

  countReadsAs(reads: ReadStatistics): void {
    this.readCount = reads.readCount
    this.headItemReadCount = reads.headItemReadCount
    this.accessed(reads.accessedAt)
  }

  /** Every change of a request passes here, except that a store locks those of a head/lock together. */
  count({ counts, state }: Change | Removal, now: Millis): void {
    this.totalCount += counts.total
    this.handledCount += counts.handled
    this.storageBytes += counts.bytes
    this.tally.changed(counts)
    if (this.availability !== null && !this.handsOutByGroups) this.availability.changed(state, now)
    this.modified(now)
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

/** What a queue keeps for its policy, besides the policy itself. */
export type PolicyField =
  | 'grouping'
  | 'ranks'
  | 'keepsGroups'
  | 'buildingText'
  | 'revisitsText'
  | 'revisitAt'
  | 'historySince'

export interface ReadStatistics {
  readonly readCount: number
  readonly headItemReadCount: number
  readonly accessedAt: Millis
}
