import type { Held } from '../held.ts'
import { idLength } from '../requests.ts'
import type { Template } from '../template.ts'
import { clientKeyOf, type Supply } from './caller.ts'
import { LockingCaller } from './locking.ts'

/** Marks every request that its client has locked as handled. */
export class DrainCaller extends LockingCaller {
  readonly #mark: Template

  constructor(supply: Supply) {
    super(supply)
    this.#mark = supply.calls.markHandled(clientKeyOf(supply.client))
  }

  protected override moveTo(queueId: string): void {
    super.moveTo(queueId)
    this.#mark.setQueue(queueId)
  }

  protected override beginOn(held: Held): Buffer | null {
    const place = held.take()
    if (place < 0) return null
    this.#mark.setId(held.ids, place * idLength)
    this.#mark.setUrl(0, held.numbers[place]!)
    return this.#mark.bytes
  }

  protected override stepAnswered(): number {
    return 1
  }
}
