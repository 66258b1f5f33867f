import { batchSize } from '../calls.ts'
import type { Held } from '../held.ts'
import { scatteredNumber } from '../known-requests.ts'
import { idLength } from '../requests.ts'
import type { Template } from '../template.ts'
import { clientKeyOf, type Supply } from './caller.ts'
import { LockingCaller } from './locking.ts'

/** The number of links of a page that are new. */
const newLinks = batchSize / 5

/**
 * Does what a crawler does for a page: reads its request, adds 25 links, a fifth of them new, and marks the
 * request as handled.
 */
export class CrawlCaller extends LockingCaller {
  readonly #supply: Supply
  readonly #get: Template
  readonly #links: Template
  readonly #mark: Template
  #step: 'get' | 'links' | 'mark' | 'done' = 'done'

  constructor(supply: Supply) {
    super(supply)
    const { calls, client } = supply
    this.#supply = supply
    this.#get = calls.get()
    this.#links = calls.batchAdd(clientKeyOf(client))
    this.#mark = calls.markHandled(clientKeyOf(client))
  }

  override get status(): number {
    return this.#step === 'links' ? 201 : 200
  }

  override next(): Buffer | null {
    switch (this.#step) {
      case 'get':
        this.#step = 'links'
        this.#setLinks()
        return this.#links.bytes
      case 'links':
        this.#step = 'mark'
        return this.#mark.bytes
      default:
        return super.next()
    }
  }

  protected override moveTo(queueId: string): void {
    super.moveTo(queueId)
    for (const message of [this.#get, this.#links, this.#mark]) message.setQueue(queueId)
  }

  protected override beginOn(held: Held): Buffer | null {
    const place = held.take()
    if (place < 0) return null
    this.#step = 'get'
    this.#get.setId(held.ids, place * idLength)
    this.#mark.setId(held.ids, place * idLength)
    this.#mark.setUrl(0, held.numbers[place]!)
    return this.#get.bytes
  }

  protected override stepAnswered(): number {
    if (this.#step !== 'mark') return 0
    this.#step = 'done'
    return 1
  }

  #setLinks(): void {
    const { newNumbers, known, steps } = this.#supply
    for (let link = 0; link < batchSize; link++) {
      this.#links.setUrl(link, link < newLinks ? newNumbers.next() : scatteredNumber(known, steps))
    }
  }
}
