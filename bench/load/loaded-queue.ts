import { Held } from './held.ts'

/** A caller that waits for a lock of another connection. */
export interface Waiter {
  /** @param foundSome whether the lock returned any requests */
  lockAnswered(foundSome: boolean): void
}

/**
 * The state of a client at a queue: its connections work on the same requests and wait for one call that
 * locks.
 */
export class ClientShare {
  readonly held = new Held()
  isLocking = false
  waiting: Waiter[] = []
}

/** A queue under load. */
export class LoadedQueue {
  readonly id: string
  readonly #clients = new Map<number, ClientShare>()

  constructor(id: string) {
    this.id = id
  }

  shareOf(client: number): ClientShare {
    let share = this.#clients.get(client)
    if (share === undefined) {
      share = new ClientShare()
      this.#clients.set(client, share)
    }
    return share
  }
}
