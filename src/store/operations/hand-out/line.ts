import { type GroupState, openingOf } from '../../../domain/policy/group.ts'
import type { GroupLimits } from '../../../domain/policy/group-limits.ts'
import { compareKeys, type OrderKey } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Due, GroupRows, OpenGroup } from './group-rows.ts'

/** The part of a line that is of one group. */
interface GroupInLine {
  readonly group: GroupState
  /** How many requests of the group may be in the line. */
  readonly room: number
  /** The first due requests of the group, as far as they are read. */
  due: readonly Due[]
  /** How many of them the last read asked for. Of most groups only one request leaves the line. */
  readMax: number
  /** How many of them have left the line. */
  count: number
}

/** What left the line of one group. */
export interface TakenOfGroup {
  readonly group: GroupState
  readonly taken: readonly OrderKey[]
  /** The first one that is left. Undefined if it was not read. */
  readonly next: OrderKey | undefined
}

/**
 * The requests of open groups in the order in which they may be handed out, each group with no more than its
 * room. It reads the requests of a group as they are needed: of most groups only the first one is.
 */
export class Line {
  readonly #rows: GroupRows
  readonly #limit: number
  /** In the order of their first requests. */
  readonly #groups: readonly GroupInLine[]
  /** How many of them have had a request in front. */
  #startedCount = 0
  /** Those that have more. */
  readonly #started: GroupInLine[] = []
  /** The groups of the requests that have left, in order. */
  readonly #left: GroupInLine[] = []

  /** @param limit how many requests are taken at most */
  constructor(
    rows: GroupRows,
    open: readonly OpenGroup[],
    roomOf: (group: GroupState) => number,
    limit: number,
  ) {
    this.#rows = rows
    this.#limit = limit
    this.#groups = open.map(({ group, due, readMax }) => {
      return { group, room: roomOf(group), due, readMax, count: 0 }
    })
  }

  /** Removes the first requests from the line: as many as the limit says, if there are so many. */
  take(): Due[] {
    const taken: Due[] = []
    while (taken.length < this.#limit) {
      const first = this.#first()
      if (first === undefined) break
      taken.push(first.due[first.count++]!)
      this.#left.push(first)
      if (!this.#hasMore(first)) this.#started.splice(this.#started.indexOf(first), 1)
    }
    return taken
  }

  /** Puts the last requests back, so that only `count` have left. */
  putBack(count: number): void {
    for (const group of this.#left.splice(count)) group.count--
  }

  takenOfGroups(): TakenOfGroup[] {
    return this.#groups
      .filter(({ count }) => count > 0)
      .map(({ group, due, count }) => {
        return { group, taken: due.slice(0, count).map(({ key }) => key), next: due[count]?.key }
      })
  }

  #first(): GroupInLine | undefined {
    let first = this.#groups[this.#startedCount]
    let isNew = first !== undefined
    for (const started of this.#started) {
      if (first !== undefined && compareKeys(frontOf(started), frontOf(first)) > 0) continue
      first = started
      isNew = false
    }
    if (isNew) {
      this.#startedCount++
      this.#started.push(first!)
    }
    return first
  }

  #hasMore(one: GroupInLine): boolean {
    if (one.count >= one.room || one.count >= this.#limit) return false
    if (one.count === one.readMax) {
      // One more than may be taken, so that the group knows what comes next.
      one.readMax = Math.min(one.room + 1, this.#limit + 1, 3 * one.readMax)
      one.due = this.#rows.dueOf(one.group.name, one.readMax)
    }
    return one.count < one.due.length
  }
}

function frontOf({ due, count }: GroupInLine): OrderKey {
  return due[count]!.key
}

/** The room of a group by its limits. */
export function roomBy(limitsOf: (name: string) => GroupLimits, now: Millis): (group: GroupState) => number {
  return (group) => openingOf(group, limitsOf(group.name), now).room
}
