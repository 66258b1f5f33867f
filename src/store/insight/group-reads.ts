/** Reads of groups in steps. */
import type { Place } from '../../domain/order.ts'
import type { DueInGroup, ExplainRows } from './explain-rows.ts'
import { StepSize } from './step-size.ts'

/** How many requests one step reads at most. */
const duePerStepMax = 2000

/** The first due requests by their places, counted by their groups. */
export async function dueByGroup(rows: ExplainRows, max: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const steps = new StepSize(rows, duePerStepMax)
  let after: Place | null = null
  for (let left = max; left > 0; ) {
    const asked = Math.min(steps.rows, left)
    const from: Place | null = after
    const some: readonly DueInGroup[] = await steps.timed(() => rows.due(from, asked))
    for (const { group } of some) if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1)
    if (some.length < asked) break
    left -= some.length
    after = some.at(-1)!.place
  }
  return counts
}

/** No name of a group is between this one and the given one. */
export function nameAfter(name: string): string {
  return `${name}\u0001`
}
