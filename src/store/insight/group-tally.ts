import { countedMax } from '../../domain/insight/limits.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import type { HeldBack } from '../params/insight.ts'
import { compare, type DueCounts } from './counts.ts'
import { type ExplainRows, type GroupCounted, notDueMax } from './explain-rows.ts'
import type { Moment } from './moment.ts'
import { openingNow } from './openings.ts'

/** Adds up what groups have. */
export class GroupTally {
  readonly #moment: Moment
  #available = 0
  #heldBack = 0
  readonly #held: HeldBack[] = []
  readonly #names = new Set<string>()

  constructor(moment: Moment) {
    this.#moment = moment
  }

  get available(): number {
    return this.#available
  }

  get heldBack(): number {
    return this.#heldBack
  }

  /** The hosts that hold requests back, those that hold most first. */
  get held(): readonly HeldBack[] {
    return this.#held.sort((a, b) => b.count - a.count || compare(a.host, b.host))
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** A group counts once, however often it is added. */
  add(group: GroupState, due: number): void {
    if (due === 0 || this.#names.has(group.name)) return
    this.#names.add(group.name)
    const { reason, until } = openingNow(this.#moment, group)
    if (reason === null) {
      this.#available += due
      return
    }
    this.#heldBack += due
    this.#held.push({ host: group.name, reason, count: Math.min(due, countedMax), until })
  }

  /** Adds the due requests of the group. What is not due is most often less. */
  async count(rows: ExplainRows, { group, notDue }: GroupCounted): Promise<void> {
    if (group.unhandledCount === 0 || this.#names.has(group.name)) return
    const due =
      notDue < notDueMax ? group.unhandledCount - notDue : await rows.countDueOf(group.name, countedMax + 1)
    this.add(group, due)
  }

  /** All groups were asked. */
  result(): DueCounts {
    return {
      available: { count: this.#available, isCut: false },
      heldBack: { count: this.#heldBack, isCut: false },
      held: this.held,
    }
  }
}
