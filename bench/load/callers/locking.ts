import type { Held } from '../held.ts'
import type { ClientShare, LoadedQueue, Waiter } from '../loaded-queue.ts'
import type { Template } from '../template.ts'
import { Caller, clientKeyOf, type Supply } from './caller.ts'

/**
 * One of the connections of a client that locks 25 requests. Its connections work on them one by one, and
 * then it locks the next 25. A turn is everything that is done for one request.
 */
export abstract class LockingCaller extends Caller implements Waiter {
  readonly #lock: Template
  #share: ClientShare | null = null
  #isLocking = false
  readonly #client: number

  constructor({ tour, calls, client }: Supply) {
    super(tour)
    this.#client = client
    this.#lock = calls.lockHead(clientKeyOf(client))
  }

  /** The first call for the next request that the client holds; null when there is none. */
  protected abstract beginOn(held: Held): Buffer | null

  /** A call of the turn was answered. Returns the number of requests that are done with it. */
  protected abstract stepAnswered(): number

  override get status(): number {
    return 200
  }

  override get needsBody(): boolean {
    return this.#isLocking
  }

  protected override moveTo(queueId: string): void {
    this.#lock.setQueue(queueId)
  }

  protected override begin(queue: LoadedQueue): Buffer | null {
    const share = queue.shareOf(this.#client)
    this.#share = share
    const message = this.beginOn(share.held)
    if (message !== null) return message
    if (share.isLocking) {
      share.waiting.push(this)
      this.isWaiting = true
      return null
    }
    share.isLocking = true
    this.#isLocking = true
    return this.#lock.bytes
  }

  override answered(body: Buffer): number {
    if (!this.#isLocking) return this.stepAnswered()
    this.#isLocking = false
    const share = this.#share!
    const foundSome = share.held.read(body) > 0
    share.isLocking = false
    const { waiting } = share
    share.waiting = []
    this.#told(foundSome)
    for (const waiter of waiting) waiter.lockAnswered(foundSome)
    return 0
  }

  /** Another connection of the client has locked. */
  lockAnswered(foundSome: boolean): void {
    this.isWaiting = false
    this.#told(foundSome)
    this.resume()
  }

  #told(foundSome: boolean): void {
    // Requests that are added later are left for the next lock.
    if (foundSome) this.foundSome()
    else this.foundNothing()
  }
}
