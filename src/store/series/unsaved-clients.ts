import {
  addDeeds,
  type ClientDeeds,
  type ClientSums,
  type ClientTally,
  keyOf,
  noDeeds,
} from './client-tally.ts'

/** About so many clients of a queue are remembered: those that were seen last. */
export const clientsKept = 1000

/** What clients did in committed transactions and what is not saved yet, by queue. The store saves it once a second. */
export class UnsavedClients<Queue> {
  readonly #queues = new Map<Queue, Map<string, ClientSums>>()

  /** Adds what clients did in a transaction. It has to have committed. */
  add(queue: Queue, tally: ClientTally): void {
    for (const deeds of tally.all()) this.#add(queue, deeds)
  }

  /** The queues that have some. */
  queues(): Queue[] {
    return [...this.#queues.keys()]
  }

  /** Takes those of a queue, for a transaction that writes them. Null: there are none. */
  take(queue: Queue): TakenClients | null {
    const clients = this.#queues.get(queue)
    if (clients === undefined) return null
    this.#queues.delete(queue)
    const all = [...clients.values()]
    return {
      clients: all.sort((a, b) => b.lastSeenAt - a.lastSeenAt).slice(0, clientsKept),
      giveBack: () => {
        for (const deeds of all) this.#add(queue, deeds)
      },
    }
  }

  #add(queue: Queue, deeds: ClientDeeds): void {
    let clients = this.#queues.get(queue)
    if (clients === undefined) {
      clients = new Map()
      this.#queues.set(queue, clients)
    }
    const { clientKey, runId } = deeds
    const key = keyOf(clientKey, runId)
    let sums = clients.get(key)
    if (sums === undefined) {
      sums = noDeeds(clientKey, runId)
      clients.set(key, sums)
    }
    addDeeds(sums, deeds)
  }
}

export interface TakenClients {
  /** Those that were seen last, at most `clientsKept`. */
  readonly clients: readonly ClientDeeds[]
  /** The transaction that should have written them has failed. */
  giveBack(): void
}

/**
 * Whether the client is remembered from now on. Others only add to what is known of them. What ended was handed out
 * before, maybe by another server that has not saved it yet.
 */
export function isNewHolder({ handedOut, takenBack, handled, ended }: ClientDeeds): boolean {
  return handedOut > 0 || takenBack > 0 || handled > 0 || ended > 0
}
