/**
 * The order of requests in a queue with priorities (13.11): by rank, then by place. The forefront side has the
 * first rank, whatever the priority.
 */
import type { Place } from '../order.ts'

/** Priorities are whole numbers from -10 to 10. */
export const priorityMax = 10
/** The rank of the forefront side. Every other rank is the priority, negated. */
export const forefrontRank = -priorityMax - 1
const lastRank = priorityMax

/** Where a request stands among all requests of its queue. No two requests of a queue have the same key. */
export interface OrderKey extends Place {
  readonly rank: number
}

export function rankOf(place: Place, priority: number): number {
  // Not -priority: that would be -0.
  return place.availableAt < 0 ? forefrontRank : 0 - priority
}

export function keyOf(place: Place, priority: number): OrderKey {
  return {
    rank: rankOf(place, priority),
    availableAt: place.availableAt,
    sequence: place.sequence,
  }
}

/** Compares keys in the order in which requests leave the queue. */
export function compareKeys(a: OrderKey, b: OrderKey): number {
  return a.rank - b.rank || a.availableAt - b.availableAt || a.sequence - b.sequence
}

export function isSameKey(a: OrderKey, b: OrderKey): boolean {
  return a.sequence === b.sequence && a.availableAt === b.availableAt && a.rank === b.rank
}

/** Whether a request with this rank comes before the other one when it becomes due later. */
export function comesBeforeLater(rank: number, first: OrderKey): boolean {
  // The forefront side is a stack. On the other side, the request that becomes due later comes later.
  return rank < first.rank || rank === forefrontRank
}

/**
 * A set of ranks as the bits of a number. A queue remembers the ranks that its requests ever had, so a search
 * asks only for those.
 */
export type RankSet = number

export function withRank(ranks: RankSet, rank: number): RankSet {
  return ranks | bitOf(rank)
}

export function hasRank(ranks: RankSet, rank: number): boolean {
  return (ranks & bitOf(rank)) !== 0
}

/** In order. */
export function ranksIn(ranks: RankSet): number[] {
  const found: number[] = []
  for (let rank = forefrontRank; rank <= lastRank; rank++) {
    if (hasRank(ranks, rank)) found.push(rank)
  }
  return found
}

/** Whether there are other ranks than those of a queue in which nobody asked for a priority. */
export function hasPriorities(ranks: RankSet): boolean {
  return (ranks & ~(bitOf(forefrontRank) | bitOf(0))) !== 0
}

function bitOf(rank: number): number {
  return 1 << (rank - forefrontRank)
}

export function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= priorityMax
}
