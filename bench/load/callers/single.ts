/** Callers whose turn is one call that moves one request. */

import type { KnownRequests } from '../known-requests.ts'
import { idLength } from '../requests.ts'
import type { Template } from '../template.ts'
import { Caller, clientKeyOf, type Supply } from './caller.ts'

abstract class SingleCaller extends Caller {
  override readonly needsBody = false
  protected readonly message: Template

  constructor({ tour }: Supply, message: Template) {
    super(tour)
    this.message = message
  }

  protected override moveTo(queueId: string): void {
    this.message.setQueue(queueId)
  }

  override answered(): number {
    return 1
  }
}

export class AddCaller extends SingleCaller {
  override readonly status = 201
  readonly #nextNumber: () => number

  /** @param nextNumber returns the number of the next URL to add */
  constructor(supply: Supply, nextNumber: () => number) {
    super(supply, supply.calls.add(clientKeyOf(supply.client)))
    this.#nextNumber = nextNumber
  }

  protected override begin(): Buffer {
    this.message.setUrl(0, this.#nextNumber())
    return this.message.bytes
  }
}

export class GetCaller extends SingleCaller {
  override readonly status = 200
  readonly #known: KnownRequests

  constructor(supply: Supply, known: KnownRequests) {
    super(supply, supply.calls.get())
    this.#known = known
  }

  protected override begin(): Buffer {
    this.message.setId(this.#known.ids, this.#known.takeInTurn() * idLength)
    return this.message.bytes
  }
}

export class MarkCaller extends SingleCaller {
  override readonly status = 200
  readonly #known: KnownRequests

  /** @param known marked once each; a second mark would change nothing and cost less */
  constructor(supply: Supply, known: KnownRequests) {
    super(supply, supply.calls.markHandled(clientKeyOf(supply.client)))
    this.#known = known
  }

  protected override begin(): Buffer | null {
    const place = this.#known.take()
    if (place < 0) return null
    this.message.setId(this.#known.ids, place * idLength)
    this.message.setUrl(0, this.#known.numbers[place]!)
    return this.message.bytes
  }
}
