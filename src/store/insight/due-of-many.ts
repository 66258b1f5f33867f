/**
 * How many requests are due, and which of them are held back (14.1), in a queue with so many due requests in so many groups that
 * neither can be asked one by one. The rows of groups tell which of them may be handed out (`domain/policy/group.ts`), so the
 * requests of these are counted. What else is due is held back.
 */
import { countedMax } from '../../domain/insight/limits.ts'
import type { OrderKey } from '../../domain/policy/rank.ts'
import { type DueCounts, groupsPerStepMax } from './counts.ts'
import type { ExplainRows, GroupCounted } from './explain-rows.ts'
import { dueByGroup } from './group-reads.ts'
import { GroupTally } from './group-tally.ts'
import type { Moment } from './moment.ts'
import { StepSize } from './step-size.ts'

/** A head/lock passes over the first due requests now. The hosts of so many are shown. */
const firstMax = 500

export async function dueOfMany(rows: ExplainRows, moment: Moment): Promise<DueCounts> {
  const { queue } = moment
  const tally = new GroupTally(moment)
  const waiting = new WaitingGroups(rows, moment, tally)
  const hasAllOpen = (await addOpen(rows, tally)) && (await waiting.addUnknown())
  const names = [...(await dueByGroup(rows, firstMax)).keys()].filter((name) => !tally.has(name))
  for (const each of await rows.groups({ kind: 'named', names })) await tally.count(rows, each)
  // While groups are looked at after a change of the policy, some that are open by now do not show it.
  const isKnown = queue.building === null
  const { available } = tally
  if (available <= countedMax) {
    const isCut = !hasAllOpen || !isKnown
    const due = await rows.countDue(countedMax + 1 + available)
    return {
      available: { count: available, isCut },
      heldBack: { count: Math.max(0, due - available), isCut },
      held: tally.held,
    }
  }
  // No index has the groups that a rule pauses.
  const mayPause = queue.newestPolicy.rules.some(({ isPaused }) => isPaused)
  const hasAllHeldBack = (await waiting.addHeldBack()) && !mayPause && isKnown
  return {
    available: { count: available, isCut: true },
    heldBack: { count: tally.heldBack, isCut: !hasAllHeldBack },
    held: tally.held,
  }
}

/** Adds the groups that have a first request. Returns whether these were all. */
async function addOpen(rows: ExplainRows, tally: GroupTally): Promise<boolean> {
  const steps = new StepSize(rows, groupsPerStepMax)
  let after: OrderKey | null = null
  for (let examined = 0; examined <= countedMax; ) {
    const from: OrderKey | null = after
    const max = steps.rows
    const some: readonly GroupCounted[] = await steps.timed(() =>
      rows.groups({ kind: 'open', after: from, max }),
    )
    for (const each of some) await tally.count(rows, each)
    if (some.length < max) return true
    if (tally.available > countedMax) return false
    examined += some.length
    after = some.at(-1)!.group.first
  }
  return false
}

/** The groups that somebody has to look at, in the order of that moment. */
class WaitingGroups {
  readonly #rows: ExplainRows
  readonly #moment: Moment
  readonly #tally: GroupTally
  readonly #steps: StepSize
  #examined = 0
  #isAtEnd = false

  constructor(rows: ExplainRows, moment: Moment, tally: GroupTally) {
    this.#rows = rows
    this.#steps = new StepSize(rows, groupsPerStepMax)
    this.#moment = moment
    this.#tally = tally
  }

  /** Adds the groups whose moment has come, so that their rows tell nothing. Returns whether these were all. */
  addUnknown(): Promise<boolean> {
    return this.#add((lookAt) => lookAt > this.#moment.now || this.#tally.available > countedMax)
  }

  /** Adds the others, until enough requests are found that they hold back. Returns whether these were all, or enough. */
  addHeldBack(): Promise<boolean> {
    return this.#add(() => this.#tally.heldBack > countedMax)
  }

  async #add(isEnough: (lastLookAt: number) => boolean): Promise<boolean> {
    while (!this.#isAtEnd && this.#examined <= countedMax) {
      const max = this.#steps.rows
      const some = await this.#steps.timed(() =>
        this.#rows.groups({ kind: 'waiting', without: this.#examined, max }),
      )
      for (const each of some) await this.#tally.count(this.#rows, each)
      this.#examined += some.length
      this.#isAtEnd = some.length < max
      if (some.length > 0 && isEnough(some.at(-1)!.group.lookAt!)) return true
    }
    return this.#isAtEnd
  }
}
