/** How many requests are due, and which of them are held back (14.1). */
import { countedMax } from '../../domain/insight/limits.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import type { HeldBack } from '../params/insight.ts'
import { type Count, compare, groupsPerStepMax } from './counts.ts'
import type { ExplainRows } from './explain-rows.ts'
import type { Moment } from './moment.ts'
import { openingNow } from './openings.ts'

export interface DueCounts {
  readonly available: Count
  readonly heldBack: Count
  readonly held: readonly HeldBack[]
}

export async function dueOf(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const { queue } = moment
  const none = { count: 0, isCut: false }
  const due = await rows.countDue(countedMax + 1)
  const all = { count: due, isCut: false }
  if (queue.policy.isPaused) return { available: none, heldBack: all, held: [] }
  if (!queue.handsOutByGroups) return { available: all, heldBack: none, held: [] }
  return due <= countedMax ? dueOfFirst(rows, moment) : dueOfGroups(rows, moment)
}

/** Of few due requests each is asked for its group, however many groups there are. */
async function dueOfFirst(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const counts = new Map((await rows.dueByGroup(countedMax + 1)).map(({ name, due }) => [name, due]))
  const tally = new Tally(moment)
  const names = [...counts.keys()]
  for (let from = 0; from < names.length; from += groupsPerStepMax) {
    const groups = await rows.groups(names.slice(from, from + groupsPerStepMax))
    for (const group of groups) tally.add(group, counts.get(group.name)!)
  }
  return tally.result(false)
}

/** Of very many due requests the groups are asked. If those are very many too, some are missing. */
async function dueOfGroups(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const tally = new Tally(moment)
  let from = ''
  for (let count = 0; count < countedMax; count += groupsPerStepMax) {
    const some = await rows.groupsFrom(from, groupsPerStepMax, countedMax + 1)
    for (const { group, due } of some) if (due > 0) tally.add(group, due)
    if (some.length < groupsPerStepMax) return tally.result(false)
    from = nameAfter(some.at(-1)!.group.name)
  }
  return tally.result(true)
}

/** No name of a group is between this one and the given one. */
export function nameAfter(name: string): string {
  return `${name}\u0001`
}

/** Adds up what groups have. */
class Tally {
  readonly #moment: Moment
  #available = 0
  #heldBack = 0
  readonly #held: HeldBack[] = []

  constructor(moment: Moment) {
    this.#moment = moment
  }

  add(group: GroupState, due: number): void {
    const { reason, until } = openingNow(this.#moment, group)
    if (reason === null) {
      this.#available += due
      return
    }
    this.#heldBack += due
    this.#held.push({ host: group.name, reason, count: Math.min(due, countedMax), until })
  }

  result(isCut: boolean): DueCounts {
    const held = this.#held.sort((a, b) => b.count - a.count || compare(a.host, b.host))
    return {
      available: { count: this.#available, isCut },
      heldBack: { count: this.#heldBack, isCut },
      held,
    }
  }
}
