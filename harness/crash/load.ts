/** Random calls to one queue, and what their answers promise. */
import assert from 'node:assert/strict'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { OperationName } from '../../src/store/sqlite/operations/index.ts'
import type { CallMessage, Reply } from '../../src/store/sqlite/thread/messages.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import { content } from '../conversation.ts'
import type { Random } from '../random.ts'

/** What is promised of one request. */
interface Promised {
  readonly handledAt: number | null
  readonly lock: { readonly clientKey: string; readonly expiresAt: number } | null
}

export type Ledger = ReadonlyMap<string, Promised>

const clientKeys = ['client-a', 'client-b', 'client-c'] as const
const pending: Promised = { handledAt: null, lock: null }
const handledAt = Date.UTC(2029, 0, 1)
const lockMs = 3_600_000
/**
 * Upper bound on the requests of the queue. It keeps the images small, because each one is written and
 * opened.
 */
const requestsMax = 250

/** A call, and how its answer changes the ledger. */
interface Planned {
  readonly name: OperationName
  readonly params: object
  apply(ledger: Map<string, Promised>, answer: unknown): void
}

export class Load {
  readonly #random: Random
  readonly userId: string
  readonly #queueId: string
  #added = 0
  ledger: Ledger = new Map()

  constructor(random: Random, userId: string, queueId: string) {
    this.#random = random
    this.userId = userId
    this.#queueId = queueId
  }

  /** Calls for one transaction. `done` takes their answers. */
  next(): { calls: CallMessage[]; done: (replies: readonly (readonly [number, Reply])[]) => void } {
    const planned = Array.from({ length: this.#random.between(1, 4) }, () => this.#plan())
    return {
      calls: planned.map(({ name, params }, index) => [index, name, params]),
      done: (replies) => {
        const ledger = new Map(this.ledger)
        for (const [index, reply] of replies) {
          assert.ok(!('failed' in reply), `a call failed: ${JSON.stringify(reply)}`)
          // A call without an answer changed nothing: an earlier call of the same transaction came first.
          if ('answer' in reply) planned[index]!.apply(ledger, reply.answer)
        }
        this.ledger = ledger
      },
    }
  }

  #plan(): Planned {
    const dice = this.#random.next()
    if (this.ledger.size < 5) return this.#add()
    if (this.ledger.size > requestsMax || dice < 0.08) return this.#deleteMany()
    if (dice < 0.35) return this.#add()
    if (dice < 0.55) return this.#lock()
    if (dice < 0.75) return this.#finish()
    if (dice < 0.8) return this.#unlock()
    return this.#prolongOrGiveBack(dice < 0.9)
  }

  #add(): Planned {
    const keys = Array.from({ length: this.#random.between(1, 12) }, () => `page-${this.#added++}`)
    // Sometimes a body that needs overflow pages.
    const bytes = this.#random.next() < 0.15 ? this.#random.between(2_000, 60_000) : 0
    const requests: RequestContent[] = keys.map((key, index) =>
      content(key, { otherFields: index === 0 && bytes > 0 ? `"userData":"${'x'.repeat(bytes)}"` : '' }),
    )
    const side = this.#random.pick(['end', 'forefront'] as const)
    return {
      name: 'addRequests',
      params: { ...this.#params(), requests, side },
      apply(ledger) {
        for (const key of keys) if (!ledger.has(key)) ledger.set(key, pending)
      },
    }
  }

  #lock(): Planned {
    const params = this.#params()
    const { clientKey } = params.client
    return {
      name: 'lockHead',
      params: { ...params, limit: this.#random.between(1, 10), lockMs },
      apply(ledger, answer) {
        const { items, lockExpiresAt: expiresAt } = answer as LockedHead
        // The storage thread leaves out the unique keys of long requests. Callers read them afterwards.
        const keys = new Map([...ledger.keys()].map((key) => [requestIdOf(key), key]))
        for (const { id } of items) {
          const key = keys.get(id)
          assert.ok(key !== undefined, `${id} was handed out but never added`)
          assert.equal(ledger.get(key)?.lock, null, `${key} was handed to two clients`)
          ledger.set(key, { handledAt: null, lock: { clientKey, expiresAt } })
        }
      },
    }
  }

  #finish(): Planned {
    const key = this.#random.pick([...this.ledger.keys()])
    return {
      name: 'updateRequest',
      params: { ...this.#params(), request: content(key, { handledAt }), side: 'end' },
      apply: (ledger) => void ledger.set(key, { handledAt, lock: null }),
    }
  }

  #unlock(): Planned {
    const params = this.#params()
    return {
      name: 'unlockRequests',
      params: { ...params, hasClientKey: true, stepSize: sqliteStepSize },
      apply(ledger) {
        for (const [key, { lock }] of ledger) {
          if (lock?.clientKey === params.client.clientKey) ledger.set(key, pending)
        }
      },
    }
  }

  #prolongOrGiveBack(prolong: boolean): Planned {
    const held = [...this.ledger].filter(([, { lock }]) => lock !== null)
    if (held.length === 0) return this.#lock()
    const [key, { lock }] = this.#random.pick(held)
    const params = { ...this.#params(lock!.clientKey), requestId: content(key).id }
    if (!prolong) {
      return {
        name: 'deleteLock',
        params: { ...params, side: 'end' },
        apply: (ledger) => void ledger.set(key, pending),
      }
    }
    return {
      name: 'prolongLock',
      params: { ...params, lockMs, side: undefined },
      apply(ledger, answer) {
        const { lockExpiresAt: expiresAt } = answer as { lockExpiresAt: number }
        ledger.set(key, { handledAt: null, lock: { clientKey: lock!.clientKey, expiresAt } })
      },
    }
  }

  #deleteMany(): Planned {
    const keys = [...this.ledger.keys()]
    const chosen = Array.from({ length: this.#random.between(1, 25) }, () => this.#random.pick(keys))
    return {
      name: 'deleteRequests',
      params: {
        ...this.#params(),
        requestIds: chosen.map((key) => content(key).id),
        stepSize: sqliteStepSize,
      },
      apply(ledger) {
        for (const key of chosen) ledger.delete(key)
      },
    }
  }

  #params(clientKey: string = this.#random.pick(clientKeys)) {
    const client: Client = { clientKey, runId: null }
    return { userId: this.userId, queue: { queueId: this.#queueId }, client }
  }
}
