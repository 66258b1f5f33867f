/**
 * A server whose wall clock is set an hour back, a day forward, or to anything between, also while it is
 * down. Its answers are compared with the time that it must show (rule 3.7): the time never runs backwards,
 * never runs slower than real time, and follows the clock forward. Calls are made one after the other, so
 * every answer is determined.
 */
import assert from 'node:assert/strict'
import { pino } from 'pino'
import { type RunningServer, startServer } from '../../src/app/compose.ts'
import { defaultConfig } from '../../src/app/config/read-config.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { ManualClock } from '../../src/store/clock.ts'
import type { Random } from '../random.ts'

const token = makeToken()
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const queue = '/v2/request-queues/~clocks'
const ownApi = '/headlock/v1/queues/~clocks'
const clients = ['client-a', 'client-b', 'client-c']

interface LockedAnswer {
  readonly items: readonly { readonly uniqueKey: string; readonly lockExpiresAt: string }[]
  readonly queueHasLockedRequests: boolean
}

interface Held {
  readonly client: string
  readonly expiresAt: number
}

/** A delay in milliseconds, or 0. With one, there is one request at once. */
export interface ClockRule {
  readonly concurrency: number
  readonly delayMs: number
}

export interface ClockRound {
  readonly steps: number
  readonly threads: number
  /** The only host may have so many at once, or one every so often. Null: the queue has no policy. */
  readonly rule: ClockRule | null
  onJump(acknowledgedCount: number): void
  isOver?(): boolean
}

export async function playClockRound(directory: string, random: Random, round: ClockRound): Promise<void> {
  const scene = new ClockScene(directory, random, round)
  await scene.start()
  try {
    for (let step = 0; step < round.steps && !round.isOver?.(); step++) await scene.step()
  } finally {
    await scene.stop()
  }
}

class ClockScene {
  readonly #directory: string
  readonly #random: Random
  readonly #round: ClockRound
  readonly #clock = new ManualClock()
  #server: RunningServer | null = null
  /** The time of the last answer, and the monotonic clock at that moment. */
  #shown = 0
  #shownAt = 0
  /** Requests that are not handled, and their last holder. */
  readonly #pending = new Map<string, Held | null>()
  /** The last moments at which the host got a request, and was done with one. */
  #handedOutAt = 0
  #endedAt = 0
  #coolingUntil = 0
  #hasBegun = false
  #added = 0
  #acknowledged = 0

  constructor(directory: string, random: Random, round: ClockRound) {
    this.#directory = directory
    this.#random = random
    this.#round = round
  }

  async start(): Promise<void> {
    const { threads } = this.#round
    const config = { ...defaultConfig(), port: 0, dataDirectory: this.#directory, token, threads }
    this.#server = await startServer(config, { clock: this.#clock, logger: pino({ level: 'silent' }) })
    // No time passes for a server that is down, but it must not go back behind a time that it has shown.
    this.#shownAt = this.#clock.monotonicMs()
    await this.#call('POST', '/v2/request-queues?name=clocks')
    if (!this.#hasBegun) await this.#putPolicy()
    this.#hasBegun = true
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = null
  }

  async step(): Promise<void> {
    const dice = this.#random.next()
    if (dice < 0.15) this.#jump()
    else if (dice < 0.3) this.#clock.advance(this.#random.between(1, this.#random.pick([10, 60_000, hourMs])))
    else if (dice < 0.45 || this.#pending.size < 3) await this.#add()
    else if (dice < 0.48 && this.#round.rule !== null) await this.#coolDown()
    else if (dice < 0.8) await this.#lock()
    else if (dice < 0.98) await this.#workOn()
    else await this.#restart()
  }

  /** The time that an answer must show now. */
  #now(): number {
    const passed = this.#clock.monotonicMs() - this.#shownAt
    const now = Math.max(this.#shown + passed, this.#clock.wallMs())
    this.#shown = now
    this.#shownAt = this.#clock.monotonicMs()
    for (const [key, held] of this.#pending) {
      if (held === null || held.expiresAt > now) continue
      this.#endedAt = Math.max(this.#endedAt, held.expiresAt)
      this.#pending.set(key, null)
    }
    return now
  }

  #jump(): void {
    const ms = this.#random.pick([-hourMs, dayMs, -dayMs, hourMs, this.#random.between(-dayMs, dayMs)])
    this.#clock.jump(ms)
    this.#round.onJump(this.#acknowledged)
    this.#acknowledged = 0
  }

  /** Restarts the server. The clock may be set while it is down. */
  async #restart(): Promise<void> {
    await this.stop()
    if (this.#random.next() < 0.5) this.#jump()
    await this.start()
  }

  async #add(): Promise<void> {
    const keys = Array.from({ length: this.#random.between(1, 5) }, () => `page-${this.#added++}`)
    this.#now()
    const body = keys.map((uniqueKey) => ({ url: 'https://example.com/', uniqueKey }))
    await this.#call('POST', `${queue}/requests/batch?clientKey=client-a`, body)
    for (const key of keys) this.#pending.set(key, null)
  }

  async #lock(): Promise<void> {
    const client = this.#random.pick(clients)
    const lockSecs = this.#random.pick([1, 60, 3600, 7200, 90_000])
    const limit = this.#random.between(1, 10)
    const now = this.#now()
    const free = [...this.#pending].filter(([, held]) => held === null)
    const allowed = this.#allowedAt(now, this.#pending.size - free.length)
    const path = `${queue}/head/lock?lockSecs=${lockSecs}&limit=${limit}&clientKey=${client}`
    const { items, queueHasLockedRequests } = await this.#call<LockedAnswer>('POST', path)
    for (const { uniqueKey, lockExpiresAt } of items) {
      const held = this.#pending.get(uniqueKey)
      assert.ok(held !== undefined, `${uniqueKey} is handled, but was handed out`)
      assert.ok(
        held === null || held.expiresAt <= now,
        `${uniqueKey} is held by ${held?.client} until ${held?.expiresAt}, but was handed to ${client} at ${now}`,
      )
      assert.equal(Date.parse(lockExpiresAt), now + lockSecs * 1000, 'the time of the server')
      this.#pending.set(uniqueKey, { client, expiresAt: now + lockSecs * 1000 })
    }
    const expected = Math.min(limit, free.length, allowed)
    assert.equal(
      items.length,
      expected,
      'every request is handed out that has no lock and that the rule allows',
    )
    assert.equal(queueHasLockedRequests, this.#pending.size > 0, 'the crawl ends when nothing is left (12.3)')
    if (items.length > 0) this.#handedOutAt = now
  }

  /** How many requests the rule allows (13.3, 13.4, 13.8). */
  #allowedAt(now: number, lockedCount: number): number {
    const { rule } = this.#round
    if (rule === null) return Number.POSITIVE_INFINITY
    if (now < this.#coolingUntil) return 0
    const room = Math.max(0, rule.concurrency - lockedCount)
    if (rule.delayMs === 0) return room
    const isDue = now >= Math.max(this.#handedOutAt, this.#endedAt) + rule.delayMs
    return isDue ? Math.min(1, room) : 0
  }

  async #putPolicy(): Promise<void> {
    const { rule } = this.#round
    if (rule === null) return
    const { concurrency, delayMs } = rule
    const one = { hosts: ['*'], concurrency, ...(delayMs === 0 ? {} : { delaySecs: delayMs / 1000 }) }
    await this.#call('PUT', `${ownApi}/policy`, { rules: [one] })
  }

  async #coolDown(): Promise<void> {
    const secs = this.#random.pick([1, 60, 3600])
    const now = this.#now()
    await this.#call('POST', `${ownApi}/hosts/example.com/cooldown`, { secs })
    this.#coolingUntil = Math.max(this.#coolingUntil, now + secs * 1000)
  }

  async #workOn(): Promise<void> {
    const now = this.#now()
    const live = [...this.#pending].filter(([, held]) => held !== null && held.expiresAt > now)
    if (live.length === 0) {
      // The server must read the clock now, because it may be set back before the next call.
      await this.#call('GET', `${queue}/head?limit=1`)
      return
    }
    const [key, held] = this.#random.pick(live)
    const { client } = held!
    const id = requestIdOf(key)
    const kind = this.#random.pick(['finish', 'prolong', 'give back'] as const)
    if (kind === 'finish') {
      const handledAt = new Date(now).toISOString()
      const body = { id, uniqueKey: key, url: 'https://example.com/', handledAt }
      await this.#call('PUT', `${queue}/requests/${id}?clientKey=${client}`, body)
      this.#pending.delete(key)
      this.#endedAt = now
    } else if (kind === 'prolong') {
      const path = `${queue}/requests/${id}/lock?lockSecs=600&clientKey=${client}`
      const { lockExpiresAt } = await this.#call<{ lockExpiresAt: string }>('PUT', path)
      assert.equal(Date.parse(lockExpiresAt), now + 600_000, 'a lock starts at the time of the server')
      this.#pending.set(key, { client, expiresAt: now + 600_000 })
    } else {
      await this.#call('DELETE', `${queue}/requests/${id}/lock?clientKey=${client}`)
      this.#endedAt = now
      this.#pending.set(key, null)
    }
  }

  async #call<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    this.#now()
    const headers = new Headers({ Authorization: `Bearer ${token}`, Connection: 'close' })
    if (body !== undefined) headers.set('Content-Type', 'application/json')
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const answer = await fetch(`${this.#server!.url}${path}`, init)
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    this.#acknowledged++
    return (text === '' ? undefined : JSON.parse(text).data) as Data
  }
}
