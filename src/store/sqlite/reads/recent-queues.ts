import { setImmediate } from 'node:timers/promises'
import type { Millis } from '../../../domain/time.ts'
import type { QueueCounts, RecentQueues } from '../../params/state.ts'
import { ownedBy } from '../../queue-access.ts'
import { secondOf } from '../../series/figure-columns.ts'
import { shownLocked } from '../../series/series.ts'
import { locksEndingIn } from '../series/read-figures.ts'
import type { Prepared } from './prepared.ts'

/** How many queues are looked at in one go: a millisecond or two. */
const stepQueues = 1000
/** How many queues have their locks counted in one go. Each has a row for each second in which locks end. */
const countedQueues = 20

interface NamedRow {
  readonly number: number
  readonly modified_at: number
  readonly owner_id: string
  readonly name_folded: string
}

interface CountsRow {
  readonly id: string
  readonly name: string
  readonly owner_name: string
  readonly total_count: number
  readonly handled_count: number
  readonly modified_at: number
}

/**
 * Looks at every queue with a name, in steps. An index by the time of the last change would have to be written with every commit.
 *
 * @param now the time of the store
 * @param assertOpen throws when the store was closed meanwhile
 */
export async function recentQueues(
  prepared: Prepared,
  { userId, limit }: RecentQueues,
  now: () => Millis,
  assertOpen: () => void,
): Promise<QueueCounts[]> {
  const step = prepared.statement(`
    SELECT number, modified_at, owner_id, name_folded FROM queues INDEXED BY queues_by_name
    WHERE name_folded IS NOT NULL AND (owner_id, name_folded) > (?, ?) ${userId === null ? '' : `AND ${ownedBy('?')}`}
    ORDER BY owner_id, name_folded LIMIT ${stepQueues}`)
  const owner = userId === null ? [] : [userId]
  let latest: NamedRow[] = []
  let after = [userId ?? '', '']
  for (;;) {
    assertOpen()
    const rows = step.all(...after, ...owner) as unknown as NamedRow[]
    latest = [...latest, ...rows].sort((a, b) => b.modified_at - a.modified_at).slice(0, limit)
    if (rows.length < stepQueues) break
    const { owner_id, name_folded } = rows.at(-1)!
    after = [owner_id, name_folded]
    await setImmediate()
  }
  const counts = prepared.statement(`
    SELECT queues.id, queues.name, users.username AS owner_name, total_count, handled_count, modified_at
    FROM queues JOIN users ON users.id = queues.owner_id
    WHERE queues.number = ? AND queues.name IS NOT NULL`)
  const found: QueueCounts[] = []
  for (const [index, { number }] of latest.entries()) {
    if (index % countedQueues === countedQueues - 1) {
      await setImmediate()
      assertOpen()
    }
    const row = counts.get(number) as CountsRow | undefined
    const locked = locksEndingIn(prepared, number, secondOf(now()) + 1, Number.MAX_SAFE_INTEGER)
    if (row !== undefined) found.push(countsOf(row, locked))
  }
  return found
}

function countsOf(row: CountsRow, locked: number): QueueCounts {
  return {
    id: row.id,
    name: row.name,
    ownerName: row.owner_name,
    totalRequestCount: row.total_count,
    handledRequestCount: row.handled_count,
    lockedRequestCount: shownLocked(locked, row.total_count - row.handled_count),
    modifiedAt: row.modified_at,
  }
}
