/** How many requests are due, and which of them are held back (14.1). */
import { countedMax } from '../../domain/insight/limits.ts'
import { type DueCounts, groupsPerStepMax } from './counts.ts'
import { dueOfMany } from './due-of-many.ts'
import type { ExplainRows, GroupCounted } from './explain-rows.ts'
import { dueByGroup, nameAfter } from './group-reads.ts'
import { GroupTally } from './group-tally.ts'
import type { Moment } from './moment.ts'
import { StepSize } from './step-size.ts'

export async function dueOf(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const { queue } = moment
  const none = { count: 0, isCut: false }
  const due = await rows.countDue(countedMax + 1)
  const all = { count: due, isCut: false }
  if (queue.policy.isPaused) return { available: none, heldBack: all, held: [] }
  if (!queue.handsOutByGroups) return { available: all, heldBack: none, held: [] }
  if (due <= countedMax) return dueOfFew(rows, moment)
  const hasManyGroups = (await rows.countGroups(countedMax + 1)) > countedMax
  return hasManyGroups ? dueOfMany(rows, moment) : dueOfGroups(rows, moment)
}

/** Of few due requests each is asked for its group, however many groups there are. */
async function dueOfFew(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const counts = await dueByGroup(rows, countedMax + 1)
  const tally = new GroupTally(moment)
  const names = [...counts.keys()]
  const steps = new StepSize(rows, groupsPerStepMax)
  for (let from = 0; from < names.length; ) {
    const some = names.slice(from, from + steps.rows)
    from += some.length
    for (const group of await steps.timed(() => rows.groupsNamed(some))) {
      tally.add(group, counts.get(group.name)!)
    }
  }
  return tally.result()
}

/** Of very many due requests the groups are asked, if those are not very many too. */
async function dueOfGroups(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const tally = new GroupTally(moment)
  const steps = new StepSize(rows, groupsPerStepMax)
  for (let name = ''; ; ) {
    const from = name
    const max = steps.rows
    const some: readonly GroupCounted[] = await steps.timed(() =>
      rows.groups({ kind: 'from', name: from, max }),
    )
    for (const each of some) await tally.count(rows, each)
    if (some.length < max) return tally.result()
    name = nameAfter(some.at(-1)!.group.name)
  }
}
