import type { PoolClient } from 'pg'
import type { QueueUser } from '../../../domain/caller.ts'
import { HeadlockError } from '../../../domain/errors.ts'
import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { Millis } from '../../../domain/time.ts'
import { AvailabilityNote } from '../../availability-note.ts'
import { perform, type QueueOperationName, readSetOf, rightOf } from '../../operations/index.ts'
import type { ReadSet } from '../../operations/operation.ts'
import { continueBuilding } from '../../operations/policy/build.ts'
import { mayHaveDueRevisits, revisitDue } from '../../operations/revisit/revisit-due.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { QueueState, UnsavedQueues } from '../../queue-state.ts'
import type { QueueTally } from '../../series/queue-tally.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import { readQueueRow } from '../columns.ts'
import { commit } from '../connection/commit.ts'
import { fly } from '../connection/flight.ts'
import { bind, statement } from '../connection/statement.ts'
import { GroupFetcher } from '../groups/fetch-groups.ts'
import { FoundGroups, NotFetched, type Wanted } from '../groups/found-groups.ts'
import type { Available, Found } from '../groups/requests.ts'
import { jobOf } from '../jobs/job-rows.ts'
import { type HeadRow, type PostgresQueueRow, queueRowColumns } from '../rows.ts'
import { tellingOf } from '../waiting/news-channel.ts'
import { writeName, writeOfQueue, writePolicy, writesOf } from './flush.ts'
import { LowWaterMark } from './low-water-mark.ts'
import { availableOf, contentsOf, itemsOf, Prefetch, statesOf } from './prefetch.ts'
import { PostgresQueueSession } from './queue-session.ts'
import type { ReadNotes } from './read-notes.ts'

/** A call on a queue that waits for a transaction. */
export interface QueueCall {
  readonly name: QueueOperationName
  readonly params: QueueUser
}

/** The answer of a call, or the error to reject it with. */
export type Outcome = { readonly answer: unknown } | { readonly error: HeadlockError }

export interface TransactionOptions {
  /** Whether the tables may be spread over several machines. */
  readonly isCluster: boolean
  /** Where to tell callers that wait for requests what has changed (13.14). Null: nowhere. */
  readonly channel?: string | null
  /** Write access times and statistics of reads even if nothing else has changed. */
  readonly save?: boolean
  /** How many requests or groups of a policy that is coming into force are done after the calls. */
  readonly build?: number
  /** Makes the next handled requests pending whose time has come. Called with whether there may have been any. */
  revisit?(wasDue: boolean): void
  /** Called as soon as the queue is locked. */
  locked?(): void
  /** Called after a transaction that left a policy that is not in force for every request. */
  building?(): void
  /** Called after a transaction that wrote something, with the time that its commit took. */
  committed?(commitMs: number): void
  /** Called after a transaction, with what it has done (14.8), if that is anything. */
  counted?(tally: QueueTally, now: Millis): void
}

/**
 * Write the low-water mark if nothing else has to be written, but only when it moved past at least so many
 * requests. Searches for the head skip that many index entries then. A smaller gain is not worth a write.
 */
const lowWaterMarkWorthWriting = 1000

const begin = bind(statement('BEGIN ISOLATION LEVEL READ COMMITTED'), [])
const lockQueue = statement(`SELECT ${queueRowColumns} FROM queues WHERE queue_id = $1 FOR UPDATE`)
/**
 * Locks the queue in a cluster, by an update. A move of the queue's shard waits for transactions that write
 * there, but not for row locks. With a row lock, one transaction could hold the queue in the old place and
 * another one in the new place. The cost is one more version of the row.
 */
const lockQueueByWriting = statement(
  `UPDATE queues SET shown_at = shown_at WHERE queue_id = $1 RETURNING ${queueRowColumns}`,
)
/** A separate statement, so that the clock is read after the wait for the queue's lock. */
const readClock = statement(`SELECT ${wallOf('$1')} AS wall`)

/**
 * Performs the calls on one queue in one transaction, one after the other, and commits once.
 *
 * The transaction locks the row of the queue first. Only one transaction on any server can hold that lock, so
 * counts, order, sequence numbers and locks of requests need no other protection. Every later statement sees
 * all that was committed before. Statements are sent together where possible: two exchanges with the
 * database, or three if a call reads the head, however many calls there are.
 *
 * @returns an outcome for each call, in the same order
 * @throws CommitUnknown, and database errors after which nothing was changed
 */
export async function runTransaction(
  client: PoolClient,
  clock: PostgresClock,
  notes: ReadNotes,
  queueId: string,
  calls: readonly QueueCall[],
  {
    isCluster,
    channel = null,
    save = false,
    build = 0,
    revisit,
    locked = () => {},
    building,
    committed,
    counted,
  }: TransactionOptions,
): Promise<Outcome[]> {
  const prefetch = new Prefetch(calls.map(({ name, params }) => readSetOf(name, params)))
  const askedAt = clock.asked()
  const [, queues, clockRead, named, contents, jobs] = await fly(client, [
    begin,
    bind<PostgresQueueRow>(isCluster ? lockQueueByWriting : lockQueue, [queueId]),
    bind<{ wall: number }>(readClock, [clock.wallValue]),
    prefetch.states(queueId),
    prefetch.contents(queueId),
    prefetch.jobs(queueId),
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
  const clockAtLock = clock.whileLocked(clockRead.rows[0]!.wall, askedAt)
  const time = clock.tick(clockAtLock.wall, clockAtLock.askedAt, {
    queueId,
    shownAt: row.shown_at,
    leadMs: row.clock_lead,
  })
  const now = time.shownAt
  const before = queueOf(row, new UnsavedQueues())
  const fetcher = new GroupFetcher(new FoundGroups(), before, now, row.looked_until, prefetch.headMax)
  const isGrouped = before.grouping !== null
  const readContents = contentsOf(contents.rows)
  const looksAtGroups = before.handsOutByGroups && prefetch.headMax > 0
  const headCount = prefetch.headCount(before)
  const [held, headRows, scheduled, holders, groups, toLookAt, open] = await fly(client, [
    prefetch.held(queueId, now),
    prefetch.head(row, now, headCount),
    prefetch.scheduled(row, now),
    prefetch.holders(row),
    isGrouped ? fetcher.groups(prefetch.groupNames(before, named.rows, readContents)) : null,
    looksAtGroups ? fetcher.toLookAt() : null,
    looksAtGroups ? fetcher.open(prefetch.headMax) : null,
  ] as const)
  fetcher.noteGroups(groups.rows)
  if (looksAtGroups) {
    fetcher.noteToLookAt(toLookAt.rows)
    fetcher.noteOpen(open.rows, prefetch.headMax)
  }
  const taken = notes.take(queueId)
  try {
    const found = {
      states: [...statesOf(named.rows), ...statesOf(held.rows)],
      knowsHeldInPart: prefetch.isPart(held.rows),
      head: headOf(headRows.rows, headCount),
      scheduled: itemsOf(scheduled.rows),
      holders: new Map(holders.rows.map(({ name_folded, queue_id }) => [name_folded, queue_id])),
      groups: fetcher.found,
      contents: new Map(readContents.map((content) => [content.id, content])),
      jobs: new Map(jobs.rows.map((row) => [row.id, jobOf(row)])),
    }
    const begin = () => {
      const unsaved = new UnsavedQueues()
      const queue = queueOf(row, unsaved)
      if (channel !== null && row.waited_until > now) queue.availability = new AvailabilityNote()
      taken?.addTo(queue)
      const lowWaterMark = new LowWaterMark({
        availableAt: row.head_from_at,
        sequence: row.head_from_sequence,
      })
      return {
        unsaved,
        queue,
        lowWaterMark,
        session: new PostgresQueueSession(queue, now, lowWaterMark, found),
      }
    }
    const { outcomes, unsaved, queue, lowWaterMark, session } = await performFetching(
      begin,
      calls,
      (session) => {
        if (build > 0) continueBuilding(session, build)
        if (revisit === undefined) return
        revisit(mayHaveDueRevisits(session))
        revisitDue(session)
      },
      async (wanted, session) => {
        if (wanted.kind !== 'byPlace') return fetcher.fetch(client, wanted, session)
        const countMax = 2 * wanted.countMax
        const [{ rows }] = await fly(client, [prefetch.head(row, now, countMax)])
        found.head = headOf(rows, countMax)
      },
    )

    const movedFar = lowWaterMark.place.sequence - row.head_from_sequence >= lowWaterMarkWorthWriting
    const isWritten =
      movedFar ||
      unsaved.urgent.size > 0 ||
      save ||
      session.groups.hasChanges ||
      session.hasChangedJobs ||
      time.leadMs !== row.clock_lead
    if (!isWritten) {
      // In a cluster the lock is a write, so that this commit may fail like any other.
      await commit(client, [])
      taken?.giveBack()
      notes.addDifference(queue, row, taken)
      // Clients may have asked for requests that are not there.
      if (queue.tally.hasSome) counted?.(queue.tally, now)
      return outcomes
    }
    const commitBeganAt = performance.now()
    if (session.newName !== null) await writeName(client, queue, session.newName.name)
    if (session.hasNewPolicy) await writePolicy(client, queue)
    const news = queue.availability?.take(now) ?? null
    const telling = news === null ? [] : [tellingOf(channel!, queueId, news)]
    await commit(client, [
      ...writesOf(session, isCluster),
      writeOfQueue(session, time, lowWaterMark, session.groups.lookedUntil(row.looked_until)),
      ...telling,
    ])
    committed?.(performance.now() - commitBeganAt)
    taken?.written()
    if (queue.tally.hasSome) counted?.(queue.tally, now)
    if (session.hasNewGrouping && queue.buildingText !== null) building?.()
    return outcomes
  } catch (error) {
    taken?.giveBack()
    throw error
  }
}

function headOf(rows: readonly HeadRow[], countMax: number): Found<Available> {
  return { items: availableOf(rows), isAll: rows.length < countMax }
}

interface Begun {
  readonly unsaved: UnsavedQueues
  readonly queue: QueueState
  readonly lowWaterMark: LowWaterMark
  readonly session: PostgresQueueSession
}

/**
 * Performs all calls. If one needs something that was not read, reads it and performs all of them again: nothing was
 * written yet. Only calls on queues with groups need that, mostly once.
 */
async function performFetching(
  begin: () => Begun,
  calls: readonly QueueCall[],
  afterCalls: (session: PostgresQueueSession) => void,
  fetch: (wanted: Wanted, session: PostgresQueueSession) => Promise<void>,
): Promise<Begun & { readonly outcomes: Outcome[] }> {
  for (let last = ''; ; ) {
    const begun = begin()
    try {
      const outcomes = performAll(begun.session, calls)
      afterCalls(begun.session)
      return { ...begun, outcomes }
    } catch (error) {
      if (!(error instanceof NotFetched)) throw error
      // More open groups are read each time. All else was read the first time, if it is there.
      if (error.message === last && error.wanted.kind !== 'open') throw error
      last = error.message
      await fetch(error.wanted, begun.session)
    }
  }
}

function performAll(session: PostgresQueueSession, calls: readonly QueueCall[]): Outcome[] {
  const outcomes: Outcome[] = new Array(calls.length)
  // Calls that read the head go first, because the prefetched head shows the index before any change of this
  // transaction.
  for (const first of [true, false]) {
    for (const [index, { name, params }] of calls.entries()) {
      if (readsHead(readSetOf(name, params)) === first) outcomes[index] = outcomeOf(session, name, params)
    }
  }
  return outcomes
}

function readsHead({ headListed, headTaken }: ReadSet): boolean {
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
