import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import type { GroupCounted } from '../../insight/explain-rows.ts'
import { nameAfter } from '../../insight/group-reads.ts'
import type { HostRows, UnhandledRequest } from '../../insight/hosts.ts'
import type { Moment } from '../../insight/moment.ts'
import { readableUrl } from '../../maintenance/requests-overview.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Turns } from '../reads/turns.ts'
import { SqliteExplainRows } from './explain-rows.ts'

const selectBeside = (condition: string, direction: 'ASC' | 'DESC') => `
  SELECT ${groupRowNames.join(', ')} FROM groups INDEXED BY groups_by_name
  WHERE queue_number = ? ${condition} ORDER BY name ${direction} LIMIT +?`
const selectFirst = selectBeside('', 'ASC')
const selectNext = selectBeside('AND name > ?', 'ASC')
const selectLast = selectBeside('', 'DESC')
const selectBefore = selectBeside('AND name < ?', 'DESC')
const selectUnhandled = `
  SELECT available_at, sequence, ${readableUrl}, lock_expires_at FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at IS NOT NULL AND (available_at, sequence) > (?, ?)
  ORDER BY available_at, sequence LIMIT +?`

/** For the test of their plans. */
export const hostStatements: readonly string[] = [
  selectFirst,
  selectNext,
  selectLast,
  selectBefore,
  selectUnhandled,
]

interface UnhandledRow {
  readonly available_at: number
  readonly sequence: number
  readonly url: string | null
  readonly lock_expires_at: number | null
}

/** Reads one queue on a read-only connection. Each step is in a turn of the event loop of its own. */
export class SqliteHostRows implements HostRows {
  readonly #db: Prepared
  readonly #moment: Moment
  readonly #turns: Turns
  readonly #explained: SqliteExplainRows

  constructor(db: Prepared, moment: Moment, turns: Turns) {
    this.#db = db
    this.#moment = moment
    this.#turns = turns
    this.#explained = new SqliteExplainRows(db, moment, turns)
  }

  get turnBegunAt(): Millis {
    return this.#turns.begunAt
  }

  async groupsBeside(name: string | null, isDescending: boolean, max: number): Promise<GroupState[]> {
    const [first, next] = isDescending ? [selectLast, selectBefore] : [selectFirst, selectNext]
    const rows =
      name === null ? await this.#all<GroupRow>(first, max) : await this.#all<GroupRow>(next, name, max)
    return rows.map(groupOfRow)
  }

  firstDue(names: readonly string[]): Promise<Map<string, Millis | null>> {
    return this.#explained.firstDue(names)
  }

  counted(name: string | null, max: number): Promise<GroupCounted[]> {
    return this.#explained.groups({ kind: 'from', name: name === null ? '' : nameAfter(name), max })
  }

  async unhandled(after: Place | null, max: number): Promise<UnhandledRequest[]> {
    const { availableAt, sequence } = after ?? beforeAll
    const rows = await this.#all<UnhandledRow>(selectUnhandled, availableAt, sequence, max)
    return rows.map(({ available_at, sequence, url, lock_expires_at }) => ({
      place: { availableAt: available_at, sequence },
      url,
      isLocked: lock_expires_at !== null && lock_expires_at > this.#moment.now,
    }))
  }

  /** Runs one statement in a turn of its own. Its first parameter is the queue. */
  async #all<Row>(sql: string, ...values: readonly (string | number)[]): Promise<Row[]> {
    await this.#turns.next()
    return this.#db.statement(sql).all(this.#moment.queue.number, ...values) as unknown as Row[]
  }
}

const beforeAll: Place = { availableAt: Number.MIN_SAFE_INTEGER, sequence: Number.MIN_SAFE_INTEGER }
