import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { foldedName } from '../../../domain/queue.ts'
import { isDate, type Millis } from '../../../domain/time.ts'
import { namesOf } from '../../columns/column.ts'
import { requestColumns, stateNames } from '../../columns/requests.ts'
import { type ContentRow, checkContent } from '../../maintenance/content-invariants.ts'
import {
  type CheckedRow,
  type CheckTime,
  checkRow,
  Findings,
  QueueTally,
} from '../../maintenance/invariants.ts'
import type { VerifyCounts, VerifyProgress } from '../../maintenance/verify-report.ts'
import { isPolicyText } from '../../stored-policy.ts'
import type { StoredQueueRow } from '../columns.ts'
import { selectWronglyRanked, wrongGroups } from '../groups/rebuild-groups.ts'
import { checkFailures } from './failures.ts'
import { checkRevisits } from './revisits.ts'
import { differenceText, schemaDifferences } from './schema.ts'

/** What to check: only that every page can be read and is consistent with the others, or everything. */
export type Depth = 'pages' | 'everything'

/** How much the file holds, and what is wrong with it. */
export interface Verified {
  /** Null if the schema is so wrong that nothing was counted. */
  readonly counts: VerifyCounts | null
  /** Damage that SQLite finds in the file. Empty if it is sound. */
  readonly damage: readonly string[]
  readonly findings: Findings
  /** Contents that cannot be part of an answer, or that clients cannot read. */
  readonly unreadable: Findings
}

/** The columns of a request to check. Requests are read in the order of the file, which is fastest. */
const checkedColumns = `
  number, queue_number, id, unique_key, ${stateNames.join(', ')}`
export const selectChecked = `SELECT ${checkedColumns} FROM requests`
/** Includes the content, which is most of the file. */
const selectWithContent = `SELECT ${checkedColumns}, method, retry_count, other_fields FROM requests`

/**
 * The requests that have the same rank as another one of their queue, except one of each rank. Both sides
 * share sequence numbers.
 */
export const selectDuplicateRanks = `
  SELECT number, queue_number FROM (
    SELECT number, queue_number, abs(sequence) AS sequence,
      lag(abs(sequence)) OVER (PARTITION BY queue_number ORDER BY abs(sequence), number) AS ticket_before
    FROM requests WHERE available_at IS NOT NULL AND sequence IS NOT NULL)
  WHERE sequence = ticket_before`

export interface NumberedRow extends CheckedRow {
  readonly number: number
  readonly queue_number: number
}

const progressEveryRows = 20_000
const damageMax = 20

/**
 * Checks the whole database: the file and its indexes, the requests in the order of the file, and the queues.
 * Its memory grows with the number of queues, not of requests. It reads one snapshot if the caller has a
 * transaction open.
 *
 * @param now the time of the store, or of the machine if no store is open; the file may have a later one
 */
export function verifyDatabase(
  db: DatabaseSync,
  now: Millis,
  onProgress: (progress: VerifyProgress) => void = () => {},
): Verified {
  onProgress({ phase: 'reading the file', done: 0, total: 0 })
  const findings = new Findings()
  const unreadable = new Findings()
  const differences = schemaDifferences(db)
  for (const difference of differences) {
    findings.add('the schema is not what Headlock makes', differenceText(difference))
  }
  // Reading an unknown table could do anything.
  if (differences.some(({ kind, object }) => kind !== 'foreign' || object.type === 'table')) {
    return { damage: [], counts: null, findings, unreadable }
  }
  const damage = damageOf(db, 'everything')
  try {
    return {
      damage,
      findings,
      unreadable,
      counts: checkContents(db, now, { findings, unreadable }, onProgress),
    }
  } catch (error) {
    // A sound file can be read. What is found in a damaged one means nothing.
    if (damage.length === 0) damage.push(...damageByError(db, error))
    const counts = { users: 0, tokens: 0, queues: 0, requests: 0, handled: 0, locked: 0 }
    return { damage, counts, findings: new Findings(), unreadable: new Findings() }
  }
}

function checkContents(
  db: DatabaseSync,
  now: Millis,
  { findings, unreadable }: Pick<Verified, 'findings' | 'unreadable'>,
  onProgress: (progress: VerifyProgress) => void,
): VerifyCounts {
  const queues = db.prepare('SELECT * FROM queues').all() as unknown as StoredQueueRow[]
  const time = timeOf(queues, now)
  const { tallies, locked } = checkRequests(db, queues, time, { findings, unreadable }, onProgress)
  onProgress({ phase: 'checking the order', done: 0, total: 0 })
  for (const row of db.prepare(selectDuplicateRanks).iterate()) {
    findings.add('two requests share a rank in the order', idOf(db, row['number']))
  }
  for (const row of db.prepare(selectWronglyRanked).iterate()) {
    findings.add('the group of a request, or its rank in it, is not set right', idOf(db, row['number']))
  }
  for (const { id, number, grouping } of queues) {
    if (grouping === null) continue
    for (const name of wrongGroups(db, number, time.now)) {
      findings.add('a group differs from its requests', `${name} in the queue ${id}`)
    }
  }
  checkRevisits(db, findings)
  checkFailures(db, findings)
  checkQueues(db, queues, tallies, findings)
  const all = [...tallies.values()]
  return {
    users: countOf(db, 'users'),
    tokens: countOf(db, 'tokens'),
    queues: queues.length,
    requests: all.reduce((sum, { total }) => sum + total, 0),
    handled: all.reduce((sum, { handled }) => sum + handled, 0),
    locked,
  }
}

/** Damage that SQLite finds in the file. With 'pages' it does not compare indexes with their tables. */
export function damageOf(db: DatabaseSync, depth: Depth): string[] {
  const name = depth === 'pages' ? 'quick_check' : 'integrity_check'
  try {
    const messages = db
      .prepare(`PRAGMA ${name}(${damageMax})`)
      .all()
      .map((row) => String(row[name]))
    return messages.length === 1 && messages[0] === 'ok' ? [] : messages
  } catch (error) {
    return [messageOf(error)]
  }
}

/**
 * The time for judging the locks of a file. It is never behind the latest time in the file
 * (storage.worker.ts).
 */
export function timeOf(queues: readonly StoredQueueRow[], now: Millis): CheckTime {
  const shown = queues.reduce((latest, queue) => Math.max(latest, queue.modified_at, queue.accessed_at), now)
  return { shownAt: shown, now: shown }
}

function checkRequests(
  db: DatabaseSync,
  queues: readonly StoredQueueRow[],
  time: CheckTime,
  { findings, unreadable }: Pick<Verified, 'findings' | 'unreadable'>,
  onProgress: (progress: VerifyProgress) => void,
): { tallies: Map<number, QueueTally>; locked: number } {
  const tallies = new Map(queues.map(({ number }) => [number, new QueueTally()]))
  const purged = new Set(
    db
      .prepare('SELECT queue_number FROM purges')
      .all()
      .map((row) => row['queue_number']),
  )
  const total = queues.reduce((sum, queue) => sum + queue.total_count, 0)
  let locked = 0
  let done = 0
  for (const found of db.prepare(selectWithContent).iterate()) {
    const row = found as unknown as NumberedRow & ContentRow
    if (done++ % progressEveryRows === 0) {
      onProgress({ phase: 'checking requests', done, total: Math.max(total, done) })
    }
    const tally = tallies.get(row.queue_number)
    if (tally === undefined) {
      if (!purged.has(row.queue_number)) findings.add('a request belongs to no queue', row.id)
      continue
    }
    tally.add(row)
    if (row.lock_expires_at !== null && row.lock_expires_at > time.now) locked++
    checkRow(row, time, findings)
    checkContent(row, unreadable)
  }
  onProgress({ phase: 'checking requests', done, total: done })
  return { tallies, locked }
}

function checkQueues(
  db: DatabaseSync,
  queues: readonly StoredQueueRow[],
  tallies: ReadonlyMap<number, QueueTally>,
  findings: Findings,
): void {
  const users = new Set(
    db
      .prepare('SELECT id FROM users')
      .all()
      .map((row) => row['id']),
  )
  const purged = new Set(
    db
      .prepare('SELECT queue_number FROM purges')
      .all()
      .map((row) => row['queue_number']),
  )
  for (const queue of queues) {
    const tally = tallies.get(queue.number)!
    const stored = storedCountsOf(queue)
    if (!tally.agreesWith(stored)) {
      findings.add(
        'counts of the queue differ from its requests',
        `${queue.id} (${tally.differenceTo(stored)})`,
      )
    }
    if (!users.has(queue.owner_id)) findings.add('a queue belongs to nobody', queue.id)
    if (queue.name_folded !== (queue.name === null ? null : foldedName(queue.name))) {
      findings.add('a queue cannot be found by its name', queue.id)
    }
    for (const at of [queue.created_at, queue.modified_at, queue.accessed_at]) {
      if (!isDate(at)) findings.add('a time of a queue is not a date', queue.id)
    }
    if (!isPolicyText(queue.policy)) findings.add('the policy of a queue cannot be read', queue.id)
    if (purged.has(queue.number)) findings.add('a queue exists and is about to be deleted', queue.id)
  }
}

export function storedCountsOf(queue: StoredQueueRow) {
  const { total_count, handled_count, storage_bytes, last_ticket } = queue
  return { total: total_count, handled: handled_count, bytes: storage_bytes, lastSequence: last_ticket }
}

function countOf(db: DatabaseSync, table: 'users' | 'tokens'): number {
  return Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()!['count'])
}

function idOf(db: DatabaseSync, number: SQLOutputValue | undefined): string {
  return String(db.prepare('SELECT id FROM requests WHERE number = ?').get(number!)?.['id'])
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * Describes the error that stopped the reading. A RangeError means a number too large for JavaScript: then it
 * lists the requests that have one.
 */
function damageByError(db: DatabaseSync, error: unknown): string[] {
  if (!(error instanceof RangeError)) return [messageOf(error)]
  const columns = namesOf(requestColumns).filter((name) => requestColumns[name].kind === 'integer')
  const max = Number.MAX_SAFE_INTEGER
  const isTooLarge = columns.map((column) => `${column} NOT BETWEEN -${max} AND ${max}`).join(' OR ')
  const found = db.prepare(`SELECT id FROM requests WHERE ${isTooLarge} LIMIT ${damageMax}`).all()
  if (found.length === 0) return [messageOf(error)]
  return found.map(({ id }) => `a number of a request is too large to be read: ${String(id)}`)
}
