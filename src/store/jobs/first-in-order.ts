import { setImmediate as turn } from 'node:timers/promises'
import { type ActionKey, compareKeys } from '../../domain/actions/order-of-action.ts'
import { SortedRuns } from '../steps/sorted-runs.ts'

/** How many are taken between two turns of the event loop. */
const takenPerTurn = 2000

/**
 * Gathers keys in any order, and gives the first ones of them in order. However many there are, at most twice as many as it
 * gives are in memory. No call blocks for long.
 */
export class FirstInOrder {
  readonly #max: number
  #runs = new SortedRuns<ActionKey>(compareKeys)
  /** How many are in memory. */
  #held = 0
  #count = 0
  /** Keys after this one are not kept. Null: all are. */
  #last: ActionKey | null = null

  /** @param max how many it gives at most */
  constructor(max: number) {
    this.#max = max
  }

  /** How many were added. */
  get count(): number {
    return this.#count
  }

  /** The last one that it gives, if it does not give all. */
  get cutAt(): ActionKey | null {
    return this.#last
  }

  async add(keys: readonly ActionKey[]): Promise<void> {
    this.#count += keys.length
    const last = this.#last
    const kept = keys.filter((key) => last === null || compareKeys(key, last) < 0)
    this.#runs.add(kept)
    this.#held += kept.length
    if (this.#held > 2 * this.#max) await this.#cut()
  }

  /** All that it gives, in order, once. */
  inOrder(): Generator<ActionKey> {
    return this.#runs.merged()
  }

  async #cut(): Promise<void> {
    const runs = new SortedRuns<ActionKey>(compareKeys)
    let run: ActionKey[] = []
    let taken = 0
    for (const key of this.#runs.merged()) {
      run.push(key)
      taken++
      if (taken === this.#max) this.#last = key
      else if (run.length < takenPerTurn) continue
      runs.add(run)
      run = []
      if (taken === this.#max) break
      await turn()
    }
    this.#runs = runs
    this.#held = taken
  }
}
