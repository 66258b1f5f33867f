import type { Client } from '../../domain/lifecycle.ts'
import type { Millis } from '../../domain/time.ts'
import type { ClientRow } from '../columns/clients.ts'

/** What a client did (14.2), in a transaction or since the last save. */
export interface ClientDeeds {
  readonly clientKey: string
  readonly runId: string | null
  /** Requests that it got from head/locks. */
  readonly handedOut: number
  /** Locks that it took back after they had run out (5.1). */
  readonly takenBack: number
  /** Requests that it had got and that were handled. */
  readonly handled: number
  /** Its locks that something ended before they ran out. */
  readonly ended: number
  readonly lastSeenAt: Millis
}

export type ClientSums = { -readonly [Name in keyof ClientDeeds]: ClientDeeds[Name] }
type Holder = Pick<Client, 'clientKey' | 'runId'>

/** Adds up what clients do. Each event costs one look-up and an addition. */
export class ClientTally {
  readonly #clients = new Map<string, ClientSums>()

  get isEmpty(): boolean {
    return this.#clients.size === 0
  }

  all(): Iterable<ClientDeeds> {
    return this.#clients.values()
  }

  clear(): void {
    if (this.#clients.size > 0) this.#clients.clear()
  }

  /** A head/lock of this client. It may have got nothing. */
  tookHead(client: Client, count: number, now: Millis): void {
    const sums = this.#sumsOf(client)
    sums.handedOut += count
    sums.lastSeenAt = now
  }

  seen(client: Client, now: Millis): void {
    this.#sumsOf(client).lastSeenAt = now
  }

  tookBack(holder: Holder): void {
    this.#sumsOf(holder).takenBack++
  }

  handled(holder: Holder): void {
    this.#sumsOf(holder).handled++
  }

  ended(holder: Holder): void {
    this.#sumsOf(holder).ended++
  }

  #sumsOf({ clientKey, runId }: Holder): ClientSums {
    const key = keyOf(clientKey, runId)
    let sums = this.#clients.get(key)
    if (sums === undefined) {
      sums = noDeeds(clientKey, runId)
      this.#clients.set(key, sums)
    }
    return sums
  }
}

/** One client key may be used in several runs. */
export function keyOf(clientKey: string, runId: string | null): string {
  return runId === null ? clientKey : `${clientKey}\n${runId}`
}

export function noDeeds(clientKey: string, runId: string | null): ClientSums {
  return { clientKey, runId, handedOut: 0, takenBack: 0, handled: 0, ended: 0, lastSeenAt: 0 }
}

export function addDeeds(sums: ClientSums, more: ClientDeeds): void {
  sums.handedOut += more.handedOut
  sums.takenBack += more.takenBack
  sums.handled += more.handled
  sums.ended += more.ended
  sums.lastSeenAt = Math.max(sums.lastSeenAt, more.lastSeenAt)
}

export function deedsOfRow(row: ClientRow): ClientDeeds {
  return {
    clientKey: row.client_key,
    runId: row.run_id === '' ? null : row.run_id,
    handedOut: row.handed_out,
    takenBack: row.taken_back,
    handled: row.handled,
    ended: row.ended,
    lastSeenAt: row.last_seen_at,
  }
}
