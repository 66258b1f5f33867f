/**
 * HTTP clients that work on one queue while backups are taken, and a record of what was acknowledged at any
 * moment.
 */
import assert from 'node:assert/strict'
import type { Random } from '../random.ts'
import type { ServerProcess } from '../server-process.ts'

/** The part of a request that both answers and the store show. */
export interface Entry {
  readonly uniqueKey: string
  readonly handledAt: number | null
  readonly lock: { readonly clientKey: string; readonly expiresAt: number } | null
}

/** Longer than any test, so that no lock expires. */
const lockSecs = 36_000

/**
 * What was acknowledged at one moment. Calls under way at that moment, and later calls, may or may not be in
 * the backup. The requests that they could have changed are therefore allowed in either state.
 */
export class Moment {
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #touched: Set<string>
  readonly #lockers: Set<string>

  constructor(entries: ReadonlyMap<string, Entry>, underWay: Iterable<Call>) {
    this.#entries = new Map(entries)
    this.#touched = new Set()
    this.#lockers = new Set()
    for (const call of underWay) this.sent(call)
  }

  /** The number of requests whose state was acknowledged at the moment. */
  get size(): number {
    return this.#entries.size
  }

  sent({ keys, locker }: Call): void {
    for (const key of keys) this.#touched.add(key)
    if (locker !== null) this.#lockers.add(locker)
  }

  /**
   * @throws AssertionError that names requests that are missing from the backup, or that are in it and should
   *   not be
   */
  compare(found: readonly Entry[]): void {
    const left = new Set(this.#entries.keys())
    for (const entry of found) {
      const { uniqueKey } = entry
      left.delete(uniqueKey)
      if (this.#touched.has(uniqueKey)) continue
      const known = this.#entries.get(uniqueKey)
      assert.ok(
        known !== undefined,
        `${uniqueKey} is in the backup, although it was deleted before it or sent after it`,
      )
      const lockedSince =
        known.handledAt === null && known.lock === null && this.#lockers.has(entry.lock?.clientKey ?? '')
      assert.deepEqual(lockedSince ? { ...entry, lock: null } : entry, known)
    }
    const lost = [...left].filter((key) => !this.#touched.has(key))
    assert.deepEqual(lost, [], 'acknowledged before the backup began, but not in it')
  }
}

interface Call {
  readonly keys: readonly string[]
  /** The client of a head/lock call: it may have locked any request that was free. */
  readonly locker: string | null
}

export class Load {
  readonly #server: ServerProcess
  readonly #queue: string
  readonly #random: Random
  readonly #bodyBytes: number
  readonly #entries = new Map<string, Entry>()
  readonly #underWay = new Set<Call>()
  readonly #moments = new Set<Moment>()
  readonly #stopping = new AbortController()
  #clients: Promise<unknown> = Promise.resolve()
  #added = 0
  /** Calls that were answered. */
  acknowledgedCount = 0
  #watchers: { count: number; reached: () => void }[] = []

  /**
   * @param bodyBytes size of each request; larger requests make the write-ahead log grow faster during a
   *   backup
   */
  constructor(server: ServerProcess, queueName: string, random: Random, bodyBytes: number) {
    this.#server = server
    this.#queue = `/v2/request-queues/~${queueName}`
    this.#random = random
    this.#bodyBytes = bodyBytes
  }

  start(clientCount: number): void {
    this.#clients = Promise.all(
      Array.from({ length: clientCount }, (_, index) => this.#client(`client-${index}`)),
    )
    // `stop` reports the error.
    this.#clients.catch(() => this.#stopping.abort())
  }

  /** Rejects when an answer contradicted an earlier one. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#clients
  }

  /** Resolves when `more` further calls were answered, or when the load has failed. */
  acknowledged(more: number): Promise<unknown> {
    const reached = new Promise<void>((resolve) => {
      this.#watchers.push({ count: this.acknowledgedCount + more, reached: resolve })
    })
    return Promise.race([reached, this.#clients])
  }

  /** What is acknowledged now. Calls that start later are noted in it until `over` is called. */
  moment(): { moment: Moment; over: () => void } {
    const moment = new Moment(this.#entries, this.#underWay)
    this.#moments.add(moment)
    return { moment, over: () => void this.#moments.delete(moment) }
  }

  async #client(clientKey: string): Promise<void> {
    const held: { id: string; uniqueKey: string }[] = []
    while (!this.#stopping.signal.aborted) {
      const dice = this.#random.next()
      if (held.length === 0 || dice < 0.4) {
        if (dice < 0.25) await this.#add(clientKey)
        else held.push(...(await this.#lock(clientKey)))
        continue
      }
      const { id, uniqueKey } = held[0]!
      const kind = dice < 0.75 ? 'handle' : dice < 0.85 ? 'give back' : dice < 0.95 ? 'delete' : 'prolong'
      await this.#work(clientKey, kind, id, uniqueKey)
      if (kind !== 'prolong') held.shift()
    }
  }

  async #add(clientKey: string): Promise<void> {
    const keys = Array.from({ length: this.#random.between(1, 25) }, () => `page-${this.#added++}`)
    const userData = { text: 'x'.repeat(this.#bodyBytes) }
    const requests = keys.map((uniqueKey) => ({ url: 'https://example.com/', uniqueKey, userData }))
    await this.#call({ keys, locker: null }, clientKey, 'POST', '/requests/batch', requests)
    // Another client may have locked it already, if that answer was read first.
    for (const uniqueKey of keys) {
      if (!this.#locked.has(uniqueKey))
        this.#entries.set(uniqueKey, { uniqueKey, handledAt: null, lock: null })
    }
  }

  /**
   * Requests that were handed to a client at least once. What those clients did is newer than the answer to
   * the add.
   */
  readonly #locked = new Set<string>()

  async #lock(clientKey: string): Promise<{ id: string; uniqueKey: string }[]> {
    const path = `/head/lock?lockSecs=${lockSecs}&limit=${this.#random.between(1, 10)}`
    const { items } = await this.#call<{ items: { id: string; uniqueKey: string; lockExpiresAt: string }[] }>(
      { keys: [], locker: clientKey },
      clientKey,
      'POST',
      path,
    )
    for (const { uniqueKey, lockExpiresAt } of items) {
      this.#locked.add(uniqueKey)
      const lock = { clientKey, expiresAt: Date.parse(lockExpiresAt) }
      this.#entries.set(uniqueKey, { uniqueKey, handledAt: null, lock })
    }
    return items
  }

  async #work(
    clientKey: string,
    kind: 'handle' | 'give back' | 'delete' | 'prolong',
    id: string,
    uniqueKey: string,
  ): Promise<void> {
    const call = { keys: [uniqueKey], locker: null }
    const known = this.#entries.get(uniqueKey)!
    if (kind === 'handle') {
      const handledAt = Date.now()
      const body = {
        id,
        uniqueKey,
        url: 'https://example.com/',
        handledAt: new Date(handledAt).toISOString(),
      }
      await this.#call(call, clientKey, 'PUT', `/requests/${id}`, body)
      this.#entries.set(uniqueKey, { uniqueKey, handledAt, lock: null })
    } else if (kind === 'give back') {
      // As soon as the server has answered, other clients may lock it, and their answers may be read before
      // this one.
      await this.#call(call, clientKey, 'DELETE', `/requests/${id}/lock`)
      if (this.#entries.get(uniqueKey) === known) {
        this.#entries.set(uniqueKey, { uniqueKey, handledAt: null, lock: null })
      }
    } else if (kind === 'delete') {
      await this.#call(call, clientKey, 'DELETE', `/requests/${id}`)
      this.#entries.delete(uniqueKey)
    } else {
      const path = `/requests/${id}/lock?lockSecs=${lockSecs}`
      const { lockExpiresAt } = await this.#call<{ lockExpiresAt: string }>(call, clientKey, 'PUT', path)
      const lock = { clientKey, expiresAt: Date.parse(lockExpiresAt) }
      this.#entries.set(uniqueKey, { uniqueKey, handledAt: null, lock })
    }
  }

  async #call<Data>(
    call: Call,
    clientKey: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Data> {
    this.#underWay.add(call)
    for (const moment of this.#moments) moment.sent(call)
    const url = `${this.#queue}${path}${path.includes('?') ? '&' : '?'}clientKey=${clientKey}`
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const answer = await this.#server.call(url, init)
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`)
    this.#underWay.delete(call)
    this.acknowledgedCount++
    for (const { count, reached } of this.#watchers) if (count === this.acknowledgedCount) reached()
    return (text === '' ? undefined : JSON.parse(text).data) as Data
  }
}
