import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { foldedName } from '../../../domain/queue.ts'
import { valuesAt } from '../../columns/column.ts'
import { type StateRow, stateNames } from '../../columns/requests.ts'
import { type CheckTime, QueueTally, repairedRow, withSequence } from '../../maintenance/invariants.ts'
import { assignments, type StoredQueueRow } from '../columns.ts'
import { rebuildGroups, repairRanks, wrongGroups } from '../groups/rebuild-groups.ts'
import { repairFailures } from './failures.ts'
import { repairRevisits } from './revisits.ts'
import { schemaDifferences } from './schema.ts'
import { repairSchema } from './schema-repair.ts'
import {
  damageOf,
  type NumberedRow,
  selectChecked,
  selectDuplicateRanks,
  storedCountsOf,
  timeOf,
} from './verify.ts'

/** How many changes wait in memory. Rows are not changed while a statement reads them. */
const changesMax = 10_000

/**
 * Recomputes everything that follows from other data, in one transaction: the schema except tables, indexes,
 * the place and lock of each request, and the counts and sequence numbers of queues. It deletes no request,
 * and changes nothing that callers sent.
 *
 * @param db no server may be using it
 * @returns what was changed, for people; empty if nothing was
 * @throws OperatorError if the file itself is damaged; nothing was changed then
 */
export function repairDatabase(db: DatabaseSync, now: number): string[] {
  db.exec('BEGIN IMMEDIATE')
  try {
    const changes = repairAll(db, now)
    db.exec('COMMIT')
    return changes
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function repairAll(db: DatabaseSync, now: number): string[] {
  const changes = repairSchema(db)
  // The remaining differences prevent every other repair. The report names them.
  if (schemaDifferences(db).length > 0) return changes
  if (damageOf(db, 'everything').length > 0) {
    const damage = damageWithoutIndexes(db)
    if (damage !== null) {
      throw new OperatorError(
        `The file is damaged (${damage}). Nothing was changed.`,
        'Only a backup can repair this. Restore one.',
      )
    }
    changes.push('indexes: rebuilt from their tables')
  }
  const queues = db.prepare('SELECT * FROM queues').all() as unknown as StoredQueueRow[]
  const repairs = new Repairs(db, queues, timeOf(queues, now))
  const rows = repairs.repairRows()
  if (rows > 0) changes.push(`${counted(rows, 'request')}: order number and lock set right`)
  const ranks = repairs.repairRanks()
  if (ranks > 0) changes.push(`${counted(ranks, 'request')}: a rank of its own in the order`)
  const ranksInGroups = repairRanks(db)
  if (ranksInGroups > 0) changes.push(`${counted(ranksInGroups, 'request')}: the rank in its group set right`)
  return [
    ...changes,
    ...repairs.repairQueues(),
    ...repairs.repairGroups(),
    ...repairRevisits(db),
    ...repairFailures(db),
  ]
}

/** The damage that remains after all indexes are rebuilt. Null if there is none. */
function damageWithoutIndexes(db: DatabaseSync): string | null {
  try {
    db.exec('REINDEX')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return damageOf(db, 'everything')[0] ?? null
}

class Repairs {
  readonly #db: DatabaseSync
  readonly #queues: ReadonlyMap<number, StoredQueueRow>
  readonly #time: CheckTime
  readonly #lastSequences: Map<number, number>
  /** Queues in which a request got another place. That counts as a change of the queue. */
  readonly #modified = new Set<number>()

  constructor(db: DatabaseSync, queues: readonly StoredQueueRow[], time: CheckTime) {
    this.#db = db
    this.#queues = new Map(queues.map((queue) => [queue.number, queue]))
    this.#time = time
    // A new sequence number has to be higher than all existing ones, whatever the queue has stored.
    this.#lastSequences = new Map(queues.map(({ number, last_ticket }) => [number, last_ticket]))
    const highest = 'SELECT queue_number, max(abs(sequence)) AS sequence FROM requests GROUP BY queue_number'
    for (const { queue_number, sequence } of db.prepare(highest).all()) {
      const last = this.#lastSequences.get(Number(queue_number))
      if (last !== undefined)
        this.#lastSequences.set(Number(queue_number), Math.max(last, Number(sequence ?? 0)))
    }
  }

  repairRows(): number {
    return this.#change(`${selectChecked} WHERE number > ? ORDER BY number`, (row) =>
      repairedRow(row, this.#time, () => this.#nextSequence(row.queue_number)),
    )
  }

  repairRanks(): number {
    const duplicates = `WITH duplicates AS MATERIALIZED (${selectDuplicateRanks})
      ${selectChecked} WHERE number > ? AND number IN (SELECT number FROM duplicates) ORDER BY number`
    return this.#change(duplicates, (row) => withSequence(row, this.#nextSequence(row.queue_number)))
  }

  repairQueues(): string[] {
    const tallies = new Map([...this.#queues.keys()].map((number) => [number, new QueueTally()]))
    for (const row of this.#db.prepare(selectChecked).iterate()) {
      const checked = row as unknown as NumberedRow
      tallies.get(checked.queue_number)?.add(checked)
    }
    const changes: string[] = []
    for (const [number, tally] of tallies) {
      const queue = this.#queues.get(number)!
      const name = queue.name ?? queue.id
      const stored = storedCountsOf(queue)
      const lastSequence = Math.max(tally.lastSequence, stored.lastSequence)
      if (!tally.agreesWith(stored)) {
        this.#db
          .prepare(`
            UPDATE queues SET total_count = ?, handled_count = ?, storage_bytes = ?, last_ticket = ?
            WHERE number = ?`)
          .run(tally.total, tally.handled, tally.bytes, lastSequence, number)
        changes.push(`queue ${name}: ${tally.differenceTo(stored)}`)
      }
      if (this.#modified.has(number)) {
        this.#db
          .prepare('UPDATE queues SET modified_at = ?1, accessed_at = max(accessed_at, ?1) WHERE number = ?2')
          .run(this.#time.now, number)
      }
      const { changes: kept } = this.#db.prepare('DELETE FROM purges WHERE queue_number = ?').run(number)
      if (Number(kept) > 0) changes.push(`queue ${name}: not to be deleted any more`)
      const folded = queue.name === null ? null : foldedName(queue.name)
      if (folded !== queue.name_folded && !this.#isTaken(queue, folded)) {
        this.#db.prepare('UPDATE queues SET name_folded = ? WHERE number = ?').run(folded, number)
        changes.push(`queue ${name}: can be found by its name`)
      }
    }
    return changes
  }

  /** Counts the requests and locks of each group anew, and has the next head/lock look at it. */
  repairGroups(): string[] {
    const changes: string[] = []
    for (const { number, grouping, name, id } of this.#queues.values()) {
      if (grouping === null) continue
      const wrong = wrongGroups(this.#db, number, this.#time.now)
      if (wrong.length === 0 && !this.#modified.has(number)) continue
      rebuildGroups(this.#db, number, this.#time.now)
      changes.push(`queue ${name ?? id}: ${counted(wrong.length, 'group')} counted anew`)
    }
    return changes
  }

  #isTaken(queue: StoredQueueRow, folded: string | null): boolean {
    const sql = 'SELECT 1 FROM queues WHERE owner_id = ? AND name_folded = ?'
    return this.#db.prepare(sql).get(queue.owner_id, folded) !== undefined
  }

  #nextSequence(queueNumber: number): number {
    const sequence = this.#lastSequences.get(queueNumber)! + 1
    this.#lastSequences.set(queueNumber, sequence)
    return sequence
  }

  /**
   * Changes rows in steps, so that no row changes while a statement reads it. Requests without a queue stay
   * as they are.
   */
  #change(sql: string, changed: (row: NumberedRow) => StateRow | null): number {
    const select = this.#db.prepare(sql)
    const update = this.#db.prepare(`UPDATE requests SET ${assignments(stateNames)} WHERE number = ?`)
    let count = 0
    let after = Number.MIN_SAFE_INTEGER
    for (;;) {
      const changes: [row: NumberedRow, next: StateRow][] = []
      for (const found of select.iterate(after)) {
        const row = found as unknown as NumberedRow
        after = row.number
        const next = this.#queues.has(row.queue_number) ? changed(row) : null
        if (next !== null) changes.push([row, next])
        if (changes.length >= changesMax) break
      }
      for (const [{ number, queue_number }, next] of changes) {
        update.run(...valuesAt(stateNames, next), number)
        this.#modified.add(queue_number)
      }
      count += changes.length
      if (changes.length < changesMax) return count
    }
  }
}

function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}
