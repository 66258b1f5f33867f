import type { Client } from 'pg'
import { isDate, type Millis } from '../../../domain/time.ts'
import { checkContent } from '../../maintenance/content-invariants.ts'
import { type CheckedRow, checkRow, Findings, QueueTally } from '../../maintenance/invariants.ts'
import type { VerifyCounts, VerifyProgress, VerifyReport } from '../../maintenance/verify-report.ts'
import { isPolicyText } from '../../stored-policy.ts'
import { readQueueRow } from '../columns.ts'
import { Database } from '../connection/pool.ts'
import { assertMigrated } from '../migrations/migrate.ts'
import type { PostgresQueueRow } from '../rows.ts'
import { checkAcrossQueues } from './across-queues.ts'
import {
  checkedRows,
  duplicateRanks,
  type FoundQueue,
  queueAt,
  requestsPerStep,
  storedCountsOf,
} from './checked-queue.ts'
import { contents } from './contents.ts'
import { checkFailures } from './failures.ts'
import { foreignCode } from './foreign-code.ts'
import { ungrouped, wrongGroups, wronglyRanked } from './rebuild-groups.ts'
import { repairNames, repairQueue } from './repair.ts'
import { checkRevisits } from './revisits.ts'

export interface VerifyOptions {
  readonly url: string
  readonly schema: string
  readonly repair: boolean
  onProgress(progress: VerifyProgress): void
}

const queuesPerStep = 1_000

/**
 * @throws OperatorError if the schema has another version, and errors of the driver if the database cannot be
 *   reached
 */
export async function verifyPostgres(options: VerifyOptions): Promise<VerifyReport> {
  const { url, schema, repair, onProgress } = options
  const database = new Database({ url, schema, connectionsMax: 1, onProblem: () => {} })
  try {
    return await database.useWithoutTimeouts(async (client) => {
      await assertMigrated(client, schema)
      const { findings, unreadable, counts, repaired } = await verifyTables(client, null, repair, onProgress)
      return {
        damage: [],
        problems: findings.summary(),
        unreadable: unreadable.summary(),
        counts,
        repaired,
      }
    })
  } finally {
    await database.close()
  }
}

interface Verified {
  readonly counts: VerifyCounts
  readonly findings: Findings
  /** Contents that cannot be part of an answer, or that clients cannot read. */
  readonly unreadable: Findings
  readonly repaired: readonly string[]
}

/**
 * Checks all queues while servers may be running. Each queue is read in one snapshot, which is consistent
 * because every call on it is one transaction. A queue to be repaired is read again with its row locked.
 *
 * @param wall the clock of a test; null is that of the database
 */
export async function verifyTables(
  client: Client,
  wall: Millis | null,
  repair = false,
  onProgress: (progress: VerifyProgress) => void = () => {},
): Promise<Verified> {
  const walk = new Walk(client, wall, onProgress)
  const repaired = repair ? await repairNames(client) : []
  await walk.begin()
  for await (const queueId of queueIds(client)) {
    const isSound = await walk.check(queueId, repair ? new Findings() : walk.findings)
    if (isSound || !repair) continue
    repaired.push(...(await repairQueue(client, queueId, wall)))
    await walk.check(queueId, walk.findings)
  }
  await checkAcrossQueues(client, walk.findings)
  for (const what of await foreignCode(client)) {
    walk.findings.add('something runs in the tables that Headlock did not make', what)
  }
  const { counts, findings, unreadable } = walk
  return { counts, findings, unreadable, repaired }
}

class Walk {
  readonly findings = new Findings()
  readonly unreadable = new Findings()
  readonly #client: Client
  readonly #wall: Millis | null
  readonly #onProgress: (progress: VerifyProgress) => void
  #counts = { users: 0, tokens: 0, queues: 0, requests: 0, handled: 0, locked: 0 }
  #total = 0
  #done = 0

  constructor(client: Client, wall: Millis | null, onProgress: (progress: VerifyProgress) => void) {
    this.#client = client
    this.#wall = wall
    this.#onProgress = onProgress
  }

  get counts(): VerifyCounts {
    return this.#counts
  }

  async begin(): Promise<void> {
    const { rows } = await this.#client.query<{ users: number; tokens: number; requests: number }>(`
      SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM tokens) AS tokens,
        (SELECT coalesce(sum(total_count), 0)::bigint FROM queues) AS requests`)
    const { users, tokens, requests } = rows[0]!
    this.#counts.users = users
    this.#counts.tokens = tokens
    this.#total = requests
  }

  /** Returns whether nothing is wrong with the queue. A queue that has been deleted is right. */
  async check(queueId: string, findings: Findings): Promise<boolean> {
    const own = new Findings()
    await this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    try {
      const found = await queueAt(this.#client, queueId, this.#wall)
      if (found !== null) await this.#checkQueue(found, own, findings)
      return own.isEmpty
    } finally {
      await this.#client.query('ROLLBACK')
    }
  }

  async #checkQueue({ queue, time }: FoundQueue, own: Findings, findings: Findings): Promise<void> {
    const note = (problem: string, what: string) => {
      own.add(problem, what)
      findings.add(problem, what)
    }
    const tally = new QueueTally()
    let locked = 0
    for await (const row of checkedRows(this.#client, queue.queue_id)) {
      tally.add(row)
      if (row.lock_expires_at !== null && row.lock_expires_at > time.now) locked++
      checkRow(row, time, { add: note })
      if (isBeforeHead(row, queue)) {
        note('a request has a place before the one where searches for the head begin', row.id)
      }
      if (++this.#done % requestsPerStep === 0) this.#reportProgress()
    }
    if (queue.grouping !== null) await this.#checkGroups(queue, time.now, note)
    await checkRevisits(this.#client, queue.queue_id, note)
    await checkFailures(this.#client, queue.queue_id, note)
    for (const { id } of await duplicateRanks(this.#client, queue.queue_id)) {
      note('two requests share a rank in the order', id)
    }
    if (!tally.agreesWith(storedCountsOf(queue))) {
      const difference = tally.differenceTo(storedCountsOf(queue))
      note('counts of the queue differ from its requests', `${queue.queue_id} (${difference})`)
    }
    for (const at of [queue.created_at, queue.modified_at, queue.accessed_at]) {
      if (!isDate(at)) note('a time of a queue is not a date', queue.queue_id)
    }
    if (!isPolicyText(readQueueRow(queue).policy))
      note('the policy of a queue cannot be read', queue.queue_id)
    // The queue is checked again after its repair, and counted then.
    if (!own.isEmpty && findings !== this.findings) return
    this.#counts.queues++
    this.#counts.requests += tally.total
    this.#counts.handled += tally.handled
    this.#counts.locked += locked
    for await (const row of contents(this.#client, queue.queue_id)) checkContent(row, this.unreadable)
    this.#reportProgress()
  }

  async #checkGroups(
    queue: PostgresQueueRow,
    now: Millis,
    note: (problem: string, what: string) => void,
  ): Promise<void> {
    const { queue_id } = queue
    const wrong = await wronglyRanked(this.#client, queue_id)
    if (queue.building === null) wrong.push(...(await ungrouped(this.#client, queue_id)))
    for (const id of wrong) note('the group of a request, or its rank in it, is not set right', id)
    for (const name of await wrongGroups(this.#client, queue_id, now)) {
      note('a group differs from its requests', `${name} in the queue ${queue_id}`)
    }
  }

  #reportProgress(): void {
    const total = Math.max(this.#total, this.#done)
    this.#onProgress({ phase: 'checking requests', done: this.#done, total })
  }
}

function isBeforeHead(row: CheckedRow, { head_from_at, head_from_sequence }: PostgresQueueRow): boolean {
  if (row.available_at === null || row.sequence === null || row.available_at <= 0) return false
  return (
    row.available_at < head_from_at ||
    (row.available_at === head_from_at && row.sequence < head_from_sequence)
  )
}

async function* queueIds(client: Client): AsyncGenerator<string> {
  let after = ''
  for (;;) {
    const { rows } = await client.query<{ queue_id: string }>(
      `SELECT queue_id FROM queues WHERE queue_id > $1 ORDER BY queue_id LIMIT ${queuesPerStep}`,
      [after],
    )
    for (const { queue_id } of rows) yield queue_id
    if (rows.length < queuesPerStep) return
    after = rows.at(-1)!.queue_id
  }
}
