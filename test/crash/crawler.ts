import assert from 'node:assert/strict'
import type { Random } from '../support/random.ts'
import type { ServerProcess } from '../support/server-process.ts'
import type { Entry, Ledger } from './ledger.ts'

/** Long enough that no lock ends while the test runs. */
const lockSecs = 3600

interface AddedAnswer {
  processedRequests: { requestId: string; uniqueKey: string }[]
}

interface LockedAnswer {
  items: { id: string; uniqueKey: string; lockExpiresAt: string }[]
}

/** The answer never came: the server is gone. */
class Unanswered extends Error {}

/** One client that adds, locks, prolongs, gives back, handles and deletes, and keeps the ledger of what was acknowledged. */
export class Crawler {
  readonly #clientKey: string
  readonly #queue: string
  readonly #random: Random
  readonly #ledger: Ledger
  readonly #held = new Map<string, Entry>()
  #added = 0

  constructor(clientKey: string, queue: string, random: Random, ledger: Ledger) {
    this.#clientKey = clientKey
    this.#queue = queue
    this.#random = random
    this.#ledger = ledger
  }

  /** Works until the server is gone; `acknowledged` is told of every call that was answered. */
  async workUntilCrash(server: ServerProcess, token: string, acknowledged: () => void): Promise<void> {
    try {
      for (;;) {
        await this.#step(server, token)
        acknowledged()
      }
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
    }
  }

  #step(server: ServerProcess, token: string): Promise<void> {
    const held = [...this.#held.values()]
    const dice = this.#random.next()
    const call = <Answer>(method: string, path: string, body?: unknown) =>
      this.#call<Answer>(server, token, method, path, body)
    if (held.length === 0 || dice < 0.25) return dice < 0.6 ? this.#add(call) : this.#lockHead(call)
    const entry = this.#random.pick(held)
    if (dice < 0.4) return this.#lockHead(call)
    if (dice < 0.7) return this.#handle(call, entry)
    if (dice < 0.8) return this.#prolong(call, entry)
    if (dice < 0.9) return this.#giveBack(call, entry)
    return this.#delete(call, entry)
  }

  async #add(call: Call): Promise<void> {
    const uniqueKeys = Array.from(
      { length: this.#random.between(1, 25) },
      () => `${this.#clientKey} ${this.#added++}`,
    )
    const body = uniqueKeys.map((uniqueKey) => ({ url: 'https://example.com/', uniqueKey }))
    const answer = await this.#orDoubt(uniqueKeys, call<AddedAnswer>('POST', '/requests/batch', body))
    for (const { requestId: id, uniqueKey } of answer.processedRequests) {
      this.#ledger.recordAdded({ id, uniqueKey, handledAt: null, lock: null })
    }
  }

  async #lockHead(call: Call): Promise<void> {
    const limit = this.#random.between(1, 25)
    let answer: LockedAnswer
    try {
      answer = await call<LockedAnswer>('POST', `/head/lock?lockSecs=${lockSecs}&limit=${limit}`)
    } catch (error) {
      this.#ledger.doubtLocker(this.#clientKey)
      throw error
    }
    for (const { id, uniqueKey, lockExpiresAt: expiresAt } of answer.items) {
      this.#hold({ id, uniqueKey, handledAt: null, lock: { clientKey: this.#clientKey, expiresAt } })
    }
  }

  async #handle(call: Call, entry: Entry): Promise<void> {
    const { id, uniqueKey } = entry
    const handledAt = new Date().toISOString()
    const body = { id, uniqueKey, url: 'https://example.com/', handledAt }
    await this.#orDoubt([uniqueKey], call('PUT', `/requests/${id}`, body))
    this.#held.delete(uniqueKey)
    this.#ledger.record(uniqueKey, { id, uniqueKey, handledAt, lock: null })
  }

  async #prolong(call: Call, entry: Entry): Promise<void> {
    const path = `/requests/${entry.id}/lock?lockSecs=${lockSecs}`
    const answer = await this.#orDoubt([entry.uniqueKey], call<{ lockExpiresAt: string }>('PUT', path))
    this.#hold({ ...entry, lock: { clientKey: this.#clientKey, expiresAt: answer.lockExpiresAt } })
  }

  async #giveBack(call: Call, entry: Entry): Promise<void> {
    await this.#orDoubt([entry.uniqueKey], call('DELETE', `/requests/${entry.id}/lock`))
    this.#held.delete(entry.uniqueKey)
    this.#ledger.record(entry.uniqueKey, { ...entry, lock: null })
  }

  async #delete(call: Call, entry: Entry): Promise<void> {
    await this.#orDoubt([entry.uniqueKey], call('DELETE', `/requests/${entry.id}`))
    this.#held.delete(entry.uniqueKey)
    this.#ledger.record(entry.uniqueKey, null)
  }

  #hold(entry: Entry): void {
    this.#held.set(entry.uniqueKey, entry)
    this.#ledger.record(entry.uniqueKey, entry)
  }

  async #orDoubt<Answer>(uniqueKeys: readonly string[], answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      this.#ledger.doubt(uniqueKeys)
      throw error
    }
  }

  async #call<Answer>(server: ServerProcess, token: string, method: string, path: string, body?: unknown) {
    const url = `${this.#queue}${path}${path.includes('?') ? '&' : '?'}clientKey=${this.#clientKey}`
    let status: number
    let text: string
    try {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      const answer = await server.call(url, { ...init, token })
      status = answer.status
      text = await answer.text()
    } catch (cause) {
      throw new Unanswered('the server is gone', { cause })
    }
    assert.ok(status < 300, `${method} ${url}: ${status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text).data) as Answer
  }
}

type Call = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>
