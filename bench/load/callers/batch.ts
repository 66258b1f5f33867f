/** Callers whose turn is one call that moves many requests. */
import { batchSize } from '../calls.ts'
import { itemsIn } from '../held.ts'
import type { Numbers } from '../numbers.ts'
import type { Template } from '../template.ts'
import { Caller, clientKeyOf, type Supply } from './caller.ts'

export class BatchAddCaller extends Caller {
  override readonly status = 201
  override readonly needsBody = false
  readonly #message: Template
  readonly #newNumbers: Numbers

  constructor({ tour, calls, client, newNumbers }: Supply) {
    super(tour)
    this.#message = calls.batchAdd(clientKeyOf(client))
    this.#newNumbers = newNumbers
  }

  protected override moveTo(queueId: string): void {
    this.#message.setQueue(queueId)
  }

  protected override begin(): Buffer {
    for (let request = 0; request < batchSize; request++) {
      this.#message.setUrl(request, this.#newNumbers.next())
    }
    return this.#message.bytes
  }

  override answered(): number {
    return batchSize
  }
}

export class LockHeadCaller extends Caller {
  override readonly status = 200
  override readonly needsBody = true
  readonly #message: Template

  constructor({ tour, calls, client }: Supply) {
    super(tour)
    this.#message = calls.lockHead(clientKeyOf(client))
  }

  protected override moveTo(queueId: string): void {
    this.#message.setQueue(queueId)
  }

  protected override begin(): Buffer {
    return this.#message.bytes
  }

  override answered(body: Buffer): number {
    const count = itemsIn(body)
    if (count === 0) this.foundNothing()
    else this.foundSome()
    return count
  }
}
