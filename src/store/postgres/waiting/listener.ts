import { once } from 'node:events'
import type { Client } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import { queryWithTimeout } from '../connection/bounded-query.ts'
import { destroy } from '../connection/close-timeout.ts'
import type { Database } from '../connection/pool.ts'

/** The pause before a connection that was lost is opened again. */
const reopenPauseMs: Millis = 500
/** How often to ask whether the connection is alive. It is silent otherwise, so nobody would notice. */
const probeEveryMs: Millis = 10_000

export interface ListenerEvents {
  heard(payload: string): void
  /** It listens again. What was sent meanwhile is lost. */
  reopened(): void
  problem(problem: string): void
}

/** Listens on a channel of the database, on a connection of its own. */
export class Listener {
  /** Resolves when it listens for the first time. Rejects if the first connection cannot be opened. */
  readonly ready: Promise<void>
  readonly #database: Database
  readonly #channel: string
  readonly #events: ListenerEvents
  readonly #closing = Promise.withResolvers<void>()
  readonly #ended: Promise<void>
  #isClosed = false

  constructor(database: Database, channel: string, events: ListenerEvents) {
    this.#database = database
    this.#channel = channel
    this.#events = events
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ready = promise
    this.ready.catch(() => {})
    this.#ended = this.#listen(resolve).catch(reject)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#closing.resolve()
    await this.#ended
  }

  async #listen(isReady: () => void): Promise<void> {
    await this.#listenOnce(isReady)
    while (!this.#isClosed) {
      this.#events.problem(
        'the connection that tells of changes to waiting callers was lost; it is opened again',
      )
      await this.#reopen()
    }
  }

  /** Repeats until it listens again, and until that connection is lost or the listener is closed. */
  async #reopen(): Promise<void> {
    for (let isOpen = false; !isOpen && !this.#isClosed; ) {
      await this.#pause()
      if (this.#isClosed) return
      await this.#listenOnce(() => {
        isOpen = true
        this.#events.reopened()
      }).catch(() => {})
    }
  }

  /** Resolves when the connection is lost or the listener is closed. */
  async #listenOnce(isListening: () => void): Promise<void> {
    await this.#database.useWithoutTimeouts(async (client) => {
      const lost = once(client, 'end').catch(() => {})
      client.on('notification', ({ payload = '' }) => this.#events.heard(payload))
      await queryWithTimeout(client, `LISTEN ${this.#channel}`)
      isListening()
      const probe = setInterval(() => probeOf(client), probeEveryMs).unref()
      await Promise.race([lost, this.#closing.promise])
      clearInterval(probe)
    })
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, reopenPauseMs)
    await Promise.race([promise, this.#closing.promise])
    clearTimeout(timer)
  }
}

/** Ends a connection that does not answer. */
function probeOf(client: Client): void {
  queryWithTimeout(client, 'SELECT 1').catch(() => destroy(client))
}
