import { type FigureRow, figureNames, figureSteps, type StepSecs, stepStart } from './figure-columns.ts'
import type { QueueTally } from './queue-tally.ts'

/** Figures to add to a row. */
export interface FiguresToAdd extends FigureRow {
  readonly stepSecs: StepSecs
}

type Sums = { -readonly [Name in keyof FigureRow]: FigureRow[Name] }

/** Figures by second. The seconds in which locks end may lie in the future. */
export class SecondSums {
  readonly #seconds = new Map<number, Sums>()

  get isEmpty(): boolean {
    return this.#seconds.size === 0
  }

  addTally(second: number, tally: QueueTally): void {
    const sums = this.#of(second)
    sums.added += tally.added
    sums.handed_out += tally.handedOut
    sums.handled += tally.handled
    sums.given_back += tally.givenBack
    sums.failed += tally.failed
    sums.pending_change += tally.pendingChange
    sums.locked_change += tally.lockedChange
    tally.eachLockEnd((end, count) => {
      this.#of(end).ran_out += count
    })
  }

  addAll(others: SecondSums): void {
    for (const [second, sums] of others.#seconds) addTo(this.#of(second), sums)
  }

  /** Ends locks early, in this second, whose end would be in a later one: their queue is gone. */
  endLocks(second: number, lockEnd: number, count: number): void {
    this.#of(second).locked_change -= count
    this.#of(lockEnd).ran_out -= count
  }

  /** Ends all locks in the last second in which something was done. */
  endAllLocks(): void {
    const busy = [...this.#seconds.values()].filter(({ ran_out: _, ...deeds }) => isNotZero(deeds))
    const last = Math.max(...busy.map(({ at }) => at))
    for (const [at, { ran_out: count }] of [...this.#seconds]) {
      if (at > last && count !== 0) this.endLocks(last, at, count)
    }
  }

  /** By how much the number of unhandled requests grew in all seconds. */
  get pendingChange(): number {
    return [...this.#seconds.values()].reduce((sum, { pending_change }) => sum + pending_change, 0)
  }

  /**
   * For each step, shortest first, in the order of time. Every length of step gets the same figures, so nothing has to be summed
   * up later.
   */
  rows(): FiguresToAdd[] {
    return figureSteps.flatMap(({ stepSecs }) => {
      const steps = new SecondSums()
      for (const [second, sums] of this.#seconds) addTo(steps.#of(stepStart(second, stepSecs)), sums)
      const rows = [...steps.#seconds.values()].filter(isNotZero).sort((a, b) => a.at - b.at)
      return rows.map((sums) => ({ stepSecs, ...sums }))
    })
  }

  #of(second: number): Sums {
    let sums = this.#seconds.get(second)
    if (sums === undefined) {
      sums = { at: second, ...noFigures }
      this.#seconds.set(second, sums)
    }
    return sums
  }
}

export const noFigures = {
  added: 0,
  handed_out: 0,
  handled: 0,
  given_back: 0,
  ran_out: 0,
  failed: 0,
  pending_change: 0,
  locked_change: 0,
} as const

function addTo(sum: Sums, more: Sums): void {
  for (const name of figureNames) sum[name] += more[name]
}

function isNotZero({ at: _, ...sums }: Omit<Sums, 'ran_out'>): boolean {
  return Object.values(sums).some((count) => count !== 0)
}
