import type { PoolClient } from 'pg'
import type { QueueUser } from '../../../domain/caller.ts'
import { HeadlockError } from '../../../domain/errors.ts'
import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { perform, type QueueOperationName, readSetOf, rightOf } from '../../operations/index.ts'
import type { ReadSet } from '../../operations/operation.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { QueueState, UnsavedQueues } from '../../queue-state.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import { readQueueRow } from '../columns.ts'
import { commit, together } from '../connection/commit.ts'
import { statement } from '../connection/pool.ts'
import { type PostgresQueueRow, queueRowColumns } from '../rows.ts'
import { writeName, writeQueue, writeRequests } from './flush.ts'
import { LowWaterMark } from './low-water-mark.ts'
import { Prefetch } from './prefetch.ts'
import { PostgresQueueSession } from './queue-session.ts'
import type { ReadNotes } from './read-notes.ts'

/** A call on a queue, waiting for a transaction. */
export interface QueueCall {
  readonly name: QueueOperationName
  readonly params: QueueUser
}

/** What becomes of a call: its answer, or the refusal to reject it with. */
export type Outcome = { readonly answer: unknown } | { readonly error: HeadlockError }

export interface TransactionOptions {
  /** Whether the tables may be spread over several machines. */
  readonly isCluster: boolean
  /** Access times and statistics of reads are reason enough to write. */
  readonly save?: boolean
  /** Is called as soon as the queue is locked. */
  locked?(): void
  /** Is told how long the commit of something that was written took. */
  committed?(commitMs: number): void
}

/** A search for the head that passed by so many handled requests tells the next ones where to begin. */
const lowWaterMarkWorthWriting = 1000

const lockQueue = statement(`SELECT ${queueRowColumns} FROM queues WHERE queue_id = $1 FOR UPDATE`)
/**
 * The same in a cluster. A move of the queue's shard waits for transactions that write there, and not for those that lock a row: one
 * would have the queue in the old place, and another one in the new place. This costs one more version of the row.
 */
const lockQueueByWriting = statement(
  `UPDATE queues SET shown_at = shown_at WHERE queue_id = $1 RETURNING ${queueRowColumns}`,
)
/** A statement of its own, after the one that waits for the queue. */
const readClock = statement(`SELECT ${wallOf('$1')} AS wall`)

/**
 * Performs the calls on one queue in one transaction, one after the other, and commits once.
 *
 * The row of the queue is locked first: whoever has it has the queue for itself, on whichever server, so counts, order,
 * sequence numbers and the truth about locks need no other care. Every other statement of the transaction begins after that and
 * sees all that was committed before. Statements go out together where they can: two exchanges with the database, or
 * three where the head is asked for, however many calls there are.
 *
 * @returns an outcome for each call, in their order
 * @throws CommitUnknown, and errors of the database after which nothing was done
 */
export async function runTransaction(
  client: PoolClient,
  clock: PostgresClock,
  notes: ReadNotes,
  queueId: string,
  calls: readonly QueueCall[],
  { isCluster, save = false, locked = () => {}, committed }: TransactionOptions,
): Promise<Outcome[]> {
  const prefetch = new Prefetch(calls.map(({ name, params }) => readSetOf(name, params)))
  const askedAt = clock.asked()
  const [, queues, clockRead, states] = await together([
    client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
    client.query<PostgresQueueRow>({ ...(isCluster ? lockQueueByWriting : lockQueue), values: [queueId] }),
    client.query<{ wall: string }>({ ...readClock, values: [clock.wallValue] }),
    prefetch.states(client, queueId),
  ])
  const row = queues.rows[0]
  if (row === undefined) {
    await client.query('ROLLBACK')
    notes.forget(queueId)
    return calls.map(({ name, params }) => {
      return { error: errorOf(refusalOfUse(params, undefined, rightOf(name))!) }
    })
  }
  locked()
  const said = clock.whileLocked(Number(clockRead.rows[0]!.wall), askedAt)
  const time = clock.tick(said.wall, said.askedAt, {
    queueId,
    shownAt: row.shown_at,
    leadMs: row.clock_lead,
  })
  const now = time.shownAt
  const [held, head, hasUnavailable, holders] = await together([
    prefetch.held(client, queueId, now),
    prefetch.head(client, row, now),
    prefetch.hasUnavailable(client, row, now),
    prefetch.holders(client, row),
  ])

  const unsaved = new UnsavedQueues()
  const queue = queueOf(row, unsaved)
  const taken = notes.take(queueId)
  try {
    taken?.addTo(queue)
    const lowWaterMark = new LowWaterMark({ availableAt: row.head_from_at, sequence: row.head_from_sequence })
    const found = {
      states: [...states, ...held.states, ...head.map(({ item, state }) => [item.id, state] as const)],
      knowsHeldInPart: held.isPart,
      head,
      hasUnavailable,
      heldCount: row.held_count,
      scheduledUntil: row.scheduled_until,
      holders,
    }
    const session = new PostgresQueueSession(queue, now, lowWaterMark, found)
    const outcomes = performAll(session, calls)

    const movedFar = lowWaterMark.place.sequence - row.head_from_sequence >= lowWaterMarkWorthWriting
    const isWritten = movedFar || unsaved.urgent.size > 0 || save || time.leadMs !== row.clock_lead
    if (!isWritten) {
      await client.query('COMMIT')
      taken?.giveBack()
      notes.addDifference(queue, row, taken)
      return outcomes
    }
    const commitBeganAt = performance.now()
    if (session.newName !== null) await writeName(client, queue, session.newName.name)
    await commit(client, [...writeRequests(client, session), writeQueue(client, session, time, lowWaterMark)])
    committed?.(performance.now() - commitBeganAt)
    taken?.written()
    return outcomes
  } catch (error) {
    taken?.giveBack()
    throw error
  }
}

function performAll(session: PostgresQueueSession, calls: readonly QueueCall[]): Outcome[] {
  const outcomes: Outcome[] = new Array(calls.length)
  // Those that look at the head come first: what they see is what the index has.
  for (const first of [true, false]) {
    for (const [index, { name, params }] of calls.entries()) {
      if (looksAtHead(readSetOf(name, params)) === first) outcomes[index] = outcomeOf(session, name, params)
    }
  }
  return outcomes
}

function looksAtHead({ headListed, headTaken }: ReadSet): boolean {
  return headListed !== undefined || headTaken !== undefined
}

function outcomeOf(session: PostgresQueueSession, name: QueueOperationName, params: QueueUser): Outcome {
  const outcome = refusalOfUse(params, session.queue, rightOf(name)) ?? perform(session, name, params)
  return isRefusal(outcome) ? { error: errorOf(outcome) } : outcome
}

function errorOf({ refused, values }: Refusal): HeadlockError {
  return new HeadlockError(refused, values)
}

export function queueOf(row: PostgresQueueRow, unsaved: UnsavedQueues): QueueState {
  return new QueueState({ ...readQueueRow(row), id: row.queue_id }, unsaved)
}
