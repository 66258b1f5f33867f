import { earlier } from '../../../domain/policy/group.ts'
import type { Sight } from '../../../domain/policy/group-look.ts'
import { forefrontRank, type RankSet, ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Statements } from './statements.ts'

const ofRank = `
  FROM requests INDEXED BY requests_in_groups WHERE queue_number = ? AND group_number = ? AND rank = ?`
const selectFrom = `SELECT available_at, sequence ${ofRank} AND available_at >= ? ORDER BY available_at, sequence LIMIT 1`
const selectBelow = `SELECT available_at ${ofRank} AND available_at < ? ORDER BY available_at DESC LIMIT 1`

/** A group of a queue, and the ranks that requests of the queue ever had. */
export interface SightOf {
  readonly queueNumber: number
  readonly groupNumber: number
  readonly ranks: RankSet
}

/** Searches the requests of a group. It reads only the index, in which one group has few pages. */
export function sightIn(
  db: Pick<Statements, 'statement'>,
  { queueNumber, groupNumber, ranks }: SightOf,
  now: Millis,
): Sight {
  const one = (sql: string, rank: number, at: number) =>
    db.statement(sql).get(queueNumber, groupNumber, rank, at) as
      | { available_at: number; sequence: number }
      | undefined
  let next: number | null = null
  for (const rank of ranksIn(ranks)) {
    const from = rank === forefrontRank ? -now : 0
    const first = one(selectFrom, rank, from)
    if (rank === forefrontRank) {
      const later = one(selectBelow, rank, -now)
      if (later !== undefined) next = -later.available_at
    }
    if (first === undefined) continue
    const { available_at: availableAt, sequence } = first
    if (availableAt <= now) return { due: { rank, availableAt, sequence }, next }
    next = earlier(next, availableAt)
  }
  return { due: null, next }
}
