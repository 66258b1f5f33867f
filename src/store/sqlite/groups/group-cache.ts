import { type GroupState, newGroup } from '../../../domain/policy/group.ts'
import { isSameKey } from '../../../domain/policy/rank.ts'
import {
  groupCountNames,
  groupCountValues,
  groupOfValues,
  groupProspectNames,
  groupProspectValues,
  groupRowNames,
} from '../../columns/groups.ts'
import type { QueueState } from '../../queue-state.ts'
import { assignments, placeholders } from '../columns.ts'
import type { Statements, ValueRow } from './statements.ts'

/** How many groups are kept in memory. Beyond that, all that are saved are dropped. */
const cachedMax = 20_000

/** What a statement selects whose rows `GroupCache.read` takes: the number, and the columns of a `GroupRow`. */
export const cachedColumns = ['number', ...groupRowNames].map((name) => `groups.${name}`).join(', ')

const selectByName = `SELECT ${cachedColumns} FROM groups WHERE queue_number = ? AND name = ?`
const selectLastNumber = 'SELECT max(number) AS number FROM groups'
const insertedNames = ['number', 'queue_number', 'name', ...groupCountNames, ...groupProspectNames]
const insertGroup = `INSERT INTO groups (${insertedNames.join(', ')}) VALUES (${placeholders(insertedNames)})`
// SQLite moves the entries of all indexes whose columns are set, also if their values stay.
const updateCounts = `UPDATE groups SET ${assignments(groupCountNames)} WHERE number = ?`
const updateGroup = `UPDATE groups SET ${assignments([...groupCountNames, ...groupProspectNames])} WHERE number = ?`

const deleteGroup = 'DELETE FROM groups WHERE number = ?'

interface Entry {
  readonly queueNumber: number
  /** The number of its row. */
  readonly number: number
  /** As the row has it. Null if there is no row yet. */
  stored: GroupState | null
  now: GroupState
}

const none: readonly Entry[] = []

/**
 * The groups that the storage thread has used, in memory. It is the only thread that writes, so they are always
 * what the file has, but for the changes of the running transaction. Those are written before the table is
 * searched, and before the commit.
 */
export class GroupCache {
  readonly #db: Statements
  readonly #byQueue = new Map<number, Map<string, Entry>>()
  readonly #unsaved = new Set<Entry>()
  #size = 0
  /** The last number that a group got, in the table or here. Null if it is not known. */
  #lastNumber: number | null = null

  constructor(db: Statements) {
    this.#db = db
  }

  /** Undefined if there is no such group. */
  get(queueNumber: number, name: string): GroupState | undefined {
    return this.#entry(queueNumber, name)?.now
  }

  /**
   * The number of the row of this group. If there is no such group, the row that it gets has this number, once
   * it is put.
   */
  numberOf({ number: queueNumber, policyVersion }: QueueState, name: string): number {
    const known = this.#entry(queueNumber, name)
    return (known ?? this.#keepNew(queueNumber, newGroup(name, policyVersion))).number
  }

  #entry(queueNumber: number, name: string): Entry | undefined {
    const known = this.#byQueue.get(queueNumber)?.get(name)
    if (known !== undefined) return known
    const row = this.#db.listStatement(selectByName).get(queueNumber, name) as ValueRow | undefined
    return row === undefined ? undefined : this.#keepStored(queueNumber, row)
  }

  /**
   * The group of a row that was just read, which begins with `cachedColumns`. Null if this transaction has
   * changed it, and has not written it yet.
   */
  read(queueNumber: number, row: ValueRow): GroupState | null {
    const known = this.#byQueue.get(queueNumber)?.get(row[1] as string)
    if (known === undefined) return this.#keepStored(queueNumber, row).now
    return this.#unsaved.has(known) ? null : known.now
  }

  /** The groups of a queue whose changes are not written yet. */
  unsaved(queueNumber: number): readonly Readonly<Pick<Entry, 'stored' | 'now'>>[] {
    if (this.#unsaved.size === 0) return none
    return [...this.#unsaved].filter((entry) => entry.queueNumber === queueNumber)
  }

  put(queueNumber: number, group: GroupState): void {
    const known = this.#byQueue.get(queueNumber)?.get(group.name)
    const entry = known ?? this.#keepNew(queueNumber, group)
    if (known !== undefined && known.now === group && known.stored !== null) return
    entry.now = group
    this.#unsaved.add(entry)
  }

  /** Deletes the row of the group, if it has one. No request may be in the group. */
  remove(queueNumber: number, name: string): void {
    const entry = this.#entry(queueNumber, name)
    if (entry === undefined) return
    this.#byQueue.get(queueNumber)!.delete(name)
    this.#size--
    this.#unsaved.delete(entry)
    if (entry.stored !== null) this.#db.statement(deleteGroup).run(entry.number)
  }

  /** Writes what has changed. */
  flush(): void {
    for (const entry of this.#unsaved) this.#write(entry)
    this.#unsaved.clear()
  }

  begin(): void {
    if (this.#size > cachedMax) this.clear()
  }

  /** What the running transaction has changed is not known. */
  rollback(): void {
    this.#unsaved.clear()
    this.clear()
  }

  /** Forgets the groups of a queue whose rows are deleted. */
  forget(queueNumber: number): void {
    const groups = this.#byQueue.get(queueNumber)
    if (groups === undefined) return
    this.#size -= groups.size
    this.#byQueue.delete(queueNumber)
    for (const entry of this.#unsaved) if (entry.queueNumber === queueNumber) this.#unsaved.delete(entry)
  }

  /** Forgets all groups, such as before their rows are changed elsewhere. Nothing may be unsaved. */
  clear(): void {
    this.#byQueue.clear()
    this.#size = 0
    this.#lastNumber = null
  }

  #keepStored(queueNumber: number, row: ValueRow): Entry {
    const group = groupOfValues(row, 1)
    return this.#keep({ queueNumber, number: row[0] as number, stored: group, now: group })
  }

  /** Numbers are given here, so that the requests of a new group have them before its row is written. */
  #keepNew(queueNumber: number, group: GroupState): Entry {
    this.#lastNumber ??= Number(this.#db.statement(selectLastNumber).get()!['number'] ?? 0)
    this.#lastNumber++
    return this.#keep({ queueNumber, number: this.#lastNumber, stored: null, now: group })
  }

  #keep(entry: Entry): Entry {
    const { queueNumber, now } = entry
    let groups = this.#byQueue.get(queueNumber)
    if (groups === undefined) {
      groups = new Map()
      this.#byQueue.set(queueNumber, groups)
    }
    groups.set(now.name, entry)
    this.#size++
    return entry
  }

  #write(entry: Entry): void {
    const { queueNumber, number, stored, now } = entry
    entry.stored = now
    if (stored === null) {
      const values = [number, queueNumber, now.name, ...groupCountValues(now), ...groupProspectValues(now)]
      this.#db.statement(insertGroup).run(...values)
    } else if (hasSameProspects(stored, now)) {
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
