import { notDueRanges, type PlaceRange } from '../../../domain/availability.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Scanned } from '../../candidates.ts'
import { type GroupRow, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import {
  type FilterRows,
  type FoundRow,
  foundColumns,
  type Sieve,
  type Source,
} from '../../insight/filter-rows.ts'
import type { Moment } from '../../insight/moment.ts'
import { StepSize } from '../../insight/step-size.ts'
import { listedBytesPerStepMax } from '../../list-requests.ts'
import { lockedByClient, lockedRows, lockedStatements } from '../reads/locked-requests.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Turns } from '../reads/turns.ts'

const ofQueue = 'FROM requests INDEXED BY'
// The next ones read nothing but an index. The IDs are on as many pages as there are requests.
/** One statement for both ranges, so that a request that is given back in between is not missed. */
const selectPlaces = `
  SELECT number FROM (
    SELECT number ${ofQueue} requests_in_order WHERE queue_number = ?1 AND available_at BETWEEN ?2 AND ?3
    UNION ALL
    SELECT number ${ofQueue} requests_in_order WHERE queue_number = ?1 AND available_at BETWEEN ?4 AND ?5)
  LIMIT +?6`
const selectScheduled = `
  SELECT number ${ofQueue} requests_scheduled WHERE queue_number = ? AND scheduled_at > ? LIMIT +?`
const selectOfGroup = `
  SELECT number ${ofQueue} requests_in_groups
  WHERE queue_number = ?1
    AND group_number = (SELECT number FROM groups WHERE groups.queue_number = ?1 AND name = ?2) LIMIT +?3`
/** A number that has become that of another queue is left out. */
const selectId = 'SELECT id FROM requests WHERE number = ?2 AND queue_number = ?1'
/** Reads only the index. */
const selectEndOfScan = `
  SELECT id ${ofQueue} requests_by_id WHERE queue_number = ? AND id > ? ORDER BY id LIMIT 1 OFFSET +?`
const selectEndOfFailed = `
  SELECT id ${ofQueue} requests_failed
  WHERE queue_number = ? AND failure IS NOT NULL AND id > ? ORDER BY id LIMIT 1 OFFSET +?`
const sieved = `
  AND id > ?2 AND id <= ?3
  AND (?4 IS NULL OR (handled_at IS NOT NULL) = ?4)
  AND retry_count >= ?5
  AND (?6 IS NULL OR instr(url, ?6) > 0)
  AND (?7 IS NULL OR instr(other_fields, ?7) > 0)
  AND (?8 IS NULL OR instr(other_fields, ?8) > 0)
  ORDER BY id`
const selectScanned = `SELECT id ${ofQueue} requests_by_id WHERE queue_number = ?1 ${sieved}`
const selectScannedFailed = `
  SELECT id ${ofQueue} requests_failed WHERE queue_number = ?1 AND failure IS NOT NULL ${sieved}`
const selectOne = `
  SELECT ${foundColumns} ${ofQueue} requests_by_id WHERE queue_number = ? AND id = ?`
const selectGroup = `SELECT ${groupRowNames.join(', ')} FROM groups WHERE queue_number = ? AND name = ?`
const noRange: PlaceRange = { from: 1, to: 0 }
/** How many IDs of collected requests one step reads at most. */
const idsPerStepMax = 2000
/** Sorts after every ID, because IDs contain only letters and digits. */
const afterAllIds = '~'

/** For the test of their plans. */
export const filterStatements: readonly string[] = [
  selectPlaces,
  selectScheduled,
  ...lockedStatements,
  selectOfGroup,
  selectEndOfScan,
  selectEndOfFailed,
  selectScanned,
  selectScannedFailed,
  selectOne,
  selectGroup,
]

/** Reads one queue on a read-only connection. Each step is in a turn of the event loop of its own. */
export class SqliteFilterRows implements FilterRows {
  readonly #db: Prepared
  readonly #queueNumber: number
  readonly #moment: () => Moment
  readonly #turns: Turns

  /** @param moment reads the queue and the time */
  constructor(db: Prepared, queueNumber: number, moment: () => Moment, turns: Turns) {
    this.#db = db
    this.#queueNumber = queueNumber
    this.#moment = moment
    this.#turns = turns
  }

  get turnBegunAt(): Millis {
    return this.#turns.begunAt
  }

  moment(): Moment {
    return this.#moment()
  }

  async collect(source: Source, now: Millis, max: number): Promise<string[] | null> {
    await this.#turns.next()
    const numbers = await this.#collected(source, now, max + 1)
    if (numbers.length > max) return null
    const select = this.#db.statement(selectId)
    const steps = new StepSize(this, idsPerStepMax)
    const ids: string[] = []
    for (let from = 0; from < numbers.length; ) {
      const some = numbers.slice(from, from + steps.rows)
      from += some.length
      await steps.timed(async () => {
        await this.#turns.next()
        for (const number of some) {
          const row = select.get(this.#queueNumber, number)
          if (row !== undefined) ids.push(row['id'] as string)
        }
      })
    }
    return ids
  }

  async #collected(source: Source, now: Millis, max: number): Promise<readonly number[]> {
    switch (source.kind) {
      case 'places':
        return this.#atPlaces(source.ranges, max)
      case 'locked':
        return (await this.#locked(now, max)) ?? this.#atPlaces(notDueRanges(now), max)
      case 'scheduled':
        return this.#numbers(selectScheduled, now, max)
      case 'client':
        return lockedByClient(this.#db, this.#queueNumber, source.clientKey, now, max)
      case 'group':
        return this.#numbers(selectOfGroup, source.name, max)
    }
  }

  #locked(now: Millis, max: number): Promise<readonly number[] | null> {
    return lockedRows(this.#db, this.#queueNumber, now, max, () => this.#turns.next())
  }

  #atPlaces([first, second = noRange]: readonly PlaceRange[], max: number): number[] {
    return this.#numbers(selectPlaces, first!.from, first!.to, second.from, second.to, max)
  }

  async scan(afterId: string, count: number, sieve: Sieve): Promise<Scanned> {
    await this.#turns.next()
    const { isHandled, isFailed, retryCountMin, url, fields } = sieve
    const [lastId = null] = this.#ids(isFailed ? selectEndOfFailed : selectEndOfScan, afterId, count - 1)
    const handled = isHandled === null ? null : Number(isHandled)
    const to = lastId ?? afterAllIds
    const select = isFailed ? selectScannedFailed : selectScanned
    return { ids: this.#ids(select, afterId, to, handled, retryCountMin, url, ...fields), lastId }
  }

  async pick(ids: readonly string[]): Promise<{ found: FoundRow[]; left: readonly string[] }> {
    await this.#turns.next()
    const statement = this.#db.statement(selectOne)
    const found: FoundRow[] = []
    let bytes = 0
    for (const [index, id] of ids.entries()) {
      if (bytes > listedBytesPerStepMax) return { found, left: ids.slice(index) }
      const row = statement.get(this.#queueNumber, id) as FoundRow | undefined
      if (row === undefined) continue
      found.push(row)
      bytes += row.bytes
    }
    return { found, left: [] }
  }

  groups(names: readonly string[]): GroupState[] {
    const select = this.#db.statement(selectGroup)
    return names.flatMap((name) => {
      const row = select.get(this.#queueNumber, name) as GroupRow | undefined
      return row === undefined ? [] : [groupOfRow(row)]
    })
  }

  #numbers(sql: string, ...values: readonly (string | number)[]): number[] {
    const rows = this.#db.statement(sql).all(this.#queueNumber, ...values)
    return rows.map(({ number }) => number as number)
  }

  #ids(sql: string, ...values: readonly (string | number | null)[]): string[] {
    return this.#db
      .statement(sql)
      .all(this.#queueNumber, ...values)
      .map(({ id }) => id as string)
  }
}
