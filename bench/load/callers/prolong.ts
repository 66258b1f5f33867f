import type { Held } from '../held.ts'
import { idLength } from '../requests.ts'
import type { Template } from '../template.ts'
import { clientKeyOf, type Supply } from './caller.ts'
import { LockingCaller } from './locking.ts'

/** Prolongs the locks of its client in turn. */
export class ProlongCaller extends LockingCaller {
  readonly #prolong: Template

  constructor(supply: Supply) {
    super(supply)
    this.#prolong = supply.calls.prolong(clientKeyOf(supply.client))
  }

  protected override moveTo(queueId: string): void {
    super.moveTo(queueId)
    this.#prolong.setQueue(queueId)
  }

  protected override beginOn(held: Held): Buffer | null {
    const place = held.takeInTurn()
    if (place < 0) return null
    this.#prolong.setId(held.ids, place * idLength)
    return this.#prolong.bytes
  }

  protected override stepAnswered(): number {
    return 1
  }
}
