import type { Millis } from '../../domain/time.ts'
import type { GroupRow } from '../columns/groups.ts'

/**
 * What only the row of a group knows: its last hand-out and end of work, its delay and its cooldown. The rest is counted
 * anew from the requests, and the group is unknown until a head/lock looks at it.
 *
 * @param shownAt the latest time that its queue has used
 */
export function groupToCopy(row: GroupRow, shownAt: Millis): GroupRow {
  // Locks that ran out, and that nobody has noted yet.
  const ranOut = (JSON.parse(row.lock_ends) as Millis[]).filter((end) => end <= shownAt)
  return {
    ...row,
    unhandled_count: 0,
    lock_ends: '[]',
    ended_at: ranOut.length === 0 ? row.ended_at : Math.max(row.ended_at ?? 0, ...ranOut),
    judged_by: -1,
    first_rank: null,
    first_at: null,
    first_sequence: null,
    look_at: 0,
  }
}
