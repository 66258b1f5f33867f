import type { GroupState } from '../../../domain/policy/group.ts'
import { isSameKey } from '../../../domain/policy/rank.ts'
import {
  type GroupRow,
  groupCountNames,
  groupCountValues,
  groupOfRow,
  groupProspectNames,
  groupProspectValues,
  groupRowNames,
} from '../../columns/groups.ts'
import { assignments, placeholders } from '../columns.ts'
import type { Statements } from './statements.ts'

/** How many groups are kept in memory. Beyond that, all that are saved are dropped. */
const cachedMax = 20_000

const selectGroup = `SELECT number, ${groupRowNames.join(', ')} FROM groups`
const selectByName = `${selectGroup} WHERE queue_number = ? AND name = ?`
const selectByNumber = `${selectGroup} WHERE number = ?`
const insertedNames = ['queue_number', 'name', ...groupCountNames, ...groupProspectNames]
const insertGroup = `INSERT INTO groups (${insertedNames.join(', ')}) VALUES (${placeholders(insertedNames)})`
// SQLite moves the entries of all indexes whose columns are set, also if their values stay.
const updateCounts = `UPDATE groups SET ${assignments(groupCountNames)} WHERE number = ?`
const updateGroup = `UPDATE groups SET ${assignments([...groupCountNames, ...groupProspectNames])} WHERE number = ?`

interface Entry {
  readonly queueNumber: number
  /** Null if there is no row yet. */
  number: number | null
  /** As the row has it. Null if there is none. */
  stored: GroupState | null
  now: GroupState
}

type StoredGroupRow = GroupRow & { readonly number: number }

/**
 * The groups that the storage thread has used, in memory. It is the only thread that writes, so they are always
 * what the file has, but for the changes of the running transaction. Those are written before the table is
 * searched, and before the commit.
 */
export class GroupCache {
  readonly #db: Statements
  readonly #byQueue = new Map<number, Map<string, Entry>>()
  /** Those that have a row. */
  readonly #byNumber = new Map<number, Entry>()
  readonly #unsaved = new Set<Entry>()
  /** The entries that this transaction has changed. A rollback drops them. */
  readonly #changed = new Set<Entry>()
  #size = 0

  constructor(db: Statements) {
    this.#db = db
  }

  /** Undefined if there is no such group. */
  get(queueNumber: number, name: string): GroupState | undefined {
    const known = this.#byQueue.get(queueNumber)?.get(name)
    if (known !== undefined) return known.now
    const row = this.#db.statement(selectByName).get(queueNumber, name) as StoredGroupRow | undefined
    return row === undefined ? undefined : this.#keep(queueNumber, row.number, groupOfRow(row)).now
  }

  /** The group with this row number, which a search of the queue has found. */
  numbered(queueNumber: number, number: number): GroupState {
    const known = this.#byNumber.get(number)
    if (known !== undefined) return known.now
    const row = this.#db.statement(selectByNumber).get(number) as unknown as StoredGroupRow
    return this.#keep(queueNumber, number, groupOfRow(row)).now
  }

  put(queueNumber: number, group: GroupState): void {
    const known = this.#byQueue.get(queueNumber)?.get(group.name)
    const entry = known ?? this.#keep(queueNumber, null, group)
    if (known !== undefined && known.now === group) return
    entry.now = group
    this.#unsaved.add(entry)
    this.#changed.add(entry)
  }

  /** Writes what has changed. */
  flush(): void {
    for (const entry of this.#unsaved) this.#write(entry)
    this.#unsaved.clear()
  }

  begin(): void {
    this.#changed.clear()
    if (this.#size > cachedMax) this.clear()
  }

  rollback(): void {
    for (const { queueNumber, number, now } of this.#changed) {
      if (this.#byQueue.get(queueNumber)?.delete(now.name)) this.#size--
      if (number !== null) this.#byNumber.delete(number)
    }
    this.#changed.clear()
    this.#unsaved.clear()
  }

  /** Forgets the groups of a queue whose rows are deleted. */
  forget(queueNumber: number): void {
    const groups = this.#byQueue.get(queueNumber)
    if (groups === undefined) return
    this.#size -= groups.size
    this.#byQueue.delete(queueNumber)
    for (const { number } of groups.values()) if (number !== null) this.#byNumber.delete(number)
    for (const entry of this.#unsaved) if (entry.queueNumber === queueNumber) this.#unsaved.delete(entry)
  }

  /** Forgets all groups, such as before their rows are changed elsewhere. Nothing may be unsaved. */
  clear(): void {
    this.#byQueue.clear()
    this.#byNumber.clear()
    this.#size = 0
  }

  #keep(queueNumber: number, number: number | null, group: GroupState): Entry {
    const entry = { queueNumber, number, stored: number === null ? null : group, now: group }
    let groups = this.#byQueue.get(queueNumber)
    if (groups === undefined) {
      groups = new Map()
      this.#byQueue.set(queueNumber, groups)
    }
    groups.set(group.name, entry)
    if (number !== null) this.#byNumber.set(number, entry)
    this.#size++
    return entry
  }

  #write(entry: Entry): void {
    const { queueNumber, number, stored, now } = entry
    entry.stored = now
    if (number === null) {
      const values = [queueNumber, now.name, ...groupCountValues(now), ...groupProspectValues(now)]
      entry.number = Number(this.#db.statement(insertGroup).run(...values).lastInsertRowid)
      this.#byNumber.set(entry.number, entry)
    } else if (stored !== null && hasSameProspects(stored, now)) {
      this.#db.statement(updateCounts).run(...groupCountValues(now), number)
    } else {
      this.#db.statement(updateGroup).run(...groupCountValues(now), ...groupProspectValues(now), number)
    }
  }
}

function hasSameProspects(a: GroupState, b: GroupState): boolean {
  if (a.lookAt !== b.lookAt) return false
  if (a.first === null || b.first === null) return a.first === b.first
  return isSameKey(a.first, b.first)
}
