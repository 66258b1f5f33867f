import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { compareAges, type Place } from '../../../domain/order.ts'
import { holderOf, type MoreLocks } from '../../operations/unlock-requests.ts'
import type { UnlockRequests } from '../../params/head-and-locks.ts'
import { SortedRuns } from '../../steps/sorted-runs.ts'
import { inSteps, type StepSize } from '../../steps/steps.ts'
import { openReader } from '../file/database.ts'
import { readable } from '../file/storage-problem.ts'

/** How many rows are read between two turns of the event loop. */
const rowsPerTurn = 2000

const selectHeldBy = (column: 'locked_by' | 'locked_run', index: string) => `
  SELECT id, available_before, sequence, bytes FROM requests INDEXED BY ${index}
  WHERE queue_number = (SELECT number FROM queues WHERE id = ?) AND ${column} = ? AND lock_expires_at > ?`
const selectHeldByClient = selectHeldBy('locked_by', 'requests_by_client')
const selectHeldByRun = selectHeldBy('locked_run', 'requests_by_run')

interface Held {
  readonly id: string
  readonly place: Place
  readonly bytes: number
}

interface HeldRow {
  id: string
  available_before: number
  sequence: number
  bytes: number
}

/**
 * The IDs of the requests that the client or run holds, as one list for each step of an unlock. A connection
 * of its own reads in one snapshot, so it misses no request whose lock is prolonged meanwhile. Each ID takes
 * some 200 bytes of memory.
 */
export async function* heldLocks(
  file: string,
  params: UnlockRequests,
  more: MoreLocks,
  stepSize: StepSize,
): AsyncGenerator<string[]> {
  const held = new SortedRuns<Held>((a, b) => compareAges(a.place, b.place))
  await readable(async () => {
    const db = openReader(file)
    try {
      db.exec('BEGIN')
      await readAll(db, params, more, held)
    } finally {
      db.close()
    }
  })
  for (const step of inSteps(held.merged(), stepSize)) yield step.map(({ id }) => id)
}

/**
 * A lock that both the client and its run hold is found twice. It is released once, because the second time
 * nobody holds it.
 */
async function readAll(
  db: DatabaseSync,
  params: UnlockRequests,
  { queueId, readAt }: MoreLocks,
  held: SortedRuns<Held>,
): Promise<void> {
  const { clientKey, runId } = holderOf(params)
  for (const [select, holder] of [
    [selectHeldByClient, clientKey],
    [selectHeldByRun, runId],
  ] as const) {
    if (holder === null) continue
    let run: Held[] = []
    for (const row of db.prepare(select).iterate(queueId, holder, readAt)) {
      const { id, available_before, sequence, bytes } = row as unknown as HeldRow
      const place = { availableAt: available_before, sequence }
      if (run.push({ id, place, bytes }) < rowsPerTurn) continue
      held.add(run)
      run = []
      await turn()
    }
    held.add(run)
  }
}
