/** Who holds requests (14.1). */
import { notDueRanges } from '../../domain/availability.ts'
import { countedMax } from '../../domain/insight/limits.ts'
import type { Place } from '../../domain/order.ts'
import type { LocksOfClient } from '../params/insight.ts'
import { compare, groupsPerStepMax } from './counts.ts'
import type { ExplainRows, LockFound, LocksFound, NotDue } from './explain-rows.ts'
import type { Moment } from './moment.ts'
import { StepSize } from './step-size.ts'

/** How many requests one step reads at most. */
const rowsPerStepMax = 4000

/** The rows that locks are read from. */
export type LockRows = Pick<ExplainRows, 'notDue' | 'locksOfClients' | 'turnBegunAt'>

/**
 * The live locks. The order has them among the scheduled requests. If those are very many, the locks are read by their
 * clients instead, of which there may be many too: then both are, and some locks may be missing.
 */
export async function locksOf(
  rows: LockRows,
  { now }: Moment,
  scheduled: number,
): Promise<{ readonly found: readonly LockFound[]; readonly isCut: boolean }> {
  if (scheduled > countedMax) return locksByClients(rows)
  const found: LockFound[] = []
  const steps = new StepSize(rows, rowsPerStepMax)
  for (const { from, to } of notDueRanges(now)) {
    for (let after: Place = { availableAt: from, sequence: Number.MIN_SAFE_INTEGER }; ; ) {
      const begin = after
      const max = steps.rows
      const some: readonly NotDue[] = await steps.timed(() => rows.notDue(begin, to, max))
      for (const { lock } of some) if (lock !== null) found.push(lock)
      if (found.length > countedMax) return { found: found.slice(0, countedMax + 1), isCut: true }
      if (some.length < max) break
      after = some.at(-1)!.place
    }
  }
  return { found, isCut: false }
}

async function locksByClients(
  rows: LockRows,
): Promise<{ readonly found: readonly LockFound[]; readonly isCut: boolean }> {
  const found: LockFound[] = []
  const steps = new StepSize(rows, groupsPerStepMax)
  let after: string | null = ''
  for (let clients = 0; after !== null; ) {
    if (found.length > countedMax || clients >= countedMax / 2) return { found, isCut: true }
    const from: string = after
    const missing = countedMax + 1 - found.length
    const max = steps.rows
    clients += max
    const some: LocksFound = await steps.timed(() =>
      rows.locksOfClients(from, max, Math.min(missing, rowsPerStepMax)),
    )
    found.push(...some.locks)
    after = some.lastKey
  }
  return { found, isCut: found.length > countedMax }
}

/** Those that hold most first. */
export function byClient(locks: readonly LockFound[]): LocksOfClient[] {
  const clients = new Map<string, LocksOfClient>()
  for (const { clientKey, runId, expiresAt } of locks) {
    const key = JSON.stringify([clientKey, runId])
    const known = clients.get(key) ?? { clientKey, runId, count: 0, nextExpiryAt: expiresAt }
    const nextExpiryAt = Math.min(known.nextExpiryAt, expiresAt)
    clients.set(key, { ...known, count: known.count + 1, nextExpiryAt })
  }
  return [...clients.values()].sort(
    (a, b) => b.count - a.count || compare(a.clientKey, b.clientKey) || compare(a.runId ?? '', b.runId ?? ''),
  )
}
