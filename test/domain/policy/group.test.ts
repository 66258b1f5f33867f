/** Properties of groups: random requests, events and times, compared with an answer from scratch. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type GroupState, isFull, newGroup, openingOf, settle } from '../../../src/domain/policy/group.ts'
import { afterEvent, afterHandOut, withCooldown } from '../../../src/domain/policy/group-events.ts'
import { type GroupLimits, isBounded } from '../../../src/domain/policy/group-limits.ts'
import { looked, type Sight } from '../../../src/domain/policy/group-look.ts'
import { comesBeforeLater, compareKeys, keyOf, type OrderKey } from '../../../src/domain/policy/rank.ts'

/** What the group sees of a request. */
interface Standing {
  key: OrderKey
  lockEnd: number | null
}

/** A request of the group, as the test keeps it. */
interface Request {
  forefront: boolean
  priority: number
  sequence: number
  availableAt: number
  lockEnd: number | null
}

const limitsArbitrary: fc.Arbitrary<GroupLimits> = fc.record({
  concurrency: fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
  delayMs: fc.constantFrom(0, 0, 5, 20),
  adaptiveMaxDelayMs: fc.constantFrom(null, null, 2500),
  isPaused: fc.constantFrom(false, false, false, true),
})

type Step =
  | { kind: 'add'; forefront: boolean; priority: number; delay: number }
  | { kind: 'handOut'; limit: number; lockMs: number }
  | { kind: 'end' | 'return' | 'handled' | 'retry' | 'delete' | 'giveBackLater'; which: number }
  | { kind: 'prolong'; which: number; lockMs: number }
  | { kind: 'cooldown'; ms: number | null }
  | { kind: 'rules'; limits: GroupLimits }
  | { kind: 'wait'; ms: number }

const which = fc.nat(20)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      forefront: fc.boolean(),
      priority: fc.constantFrom(0, 0, 3, -10, 10),
      delay: fc.constantFrom(0, 0, 0, 7),
    }),
    fc.record({
      kind: fc.constant('handOut' as const),
      limit: fc.integer({ min: 1, max: 4 }),
      lockMs: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({
      kind: fc.constantFrom('end', 'return', 'handled', 'retry', 'delete', 'giveBackLater'),
      which,
    }),
    fc.record({ kind: fc.constant('prolong' as const), which, lockMs: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('cooldown' as const), ms: fc.constantFrom(null, 3, 15) }),
    fc.record({ kind: fc.constant('rules' as const), limits: limitsArbitrary }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 25 }) }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 60, size: 'max' },
)

/** Plays steps with the functions of groups, and beside it keeps what happened. */
class Game {
  now = 1_000_000
  limits: GroupLimits
  version = 1
  group: GroupState
  requests: Request[] = []
  sequence = 0
  /** Every moment at which the group was asked or work on it ended. */
  handedOutAt = 0
  endedAt = 0
  slowedToMs = 0
  cooldownUntil = 0
  /** The ends of locks are noted up to this moment. */
  notedUntil = 0

  constructor(limits: GroupLimits) {
    this.limits = limits
    this.group = newGroup('a.example', this.version)
  }

  keyOf({ availableAt, sequence, priority }: Request): OrderKey {
    return keyOf({ availableAt, sequence }, priority)
  }

  isLocked({ lockEnd }: Request): boolean {
    return lockEnd !== null && this.now < lockEnd
  }

  due(): Request[] {
    return this.requests
      .filter(({ availableAt }) => Math.abs(availableAt) <= this.now)
      .sort((a, b) => compareKeys(this.keyOf(a), this.keyOf(b)))
  }

  sight(): Sight {
    const [first] = this.due()
    const due = first === undefined ? null : this.keyOf(first)
    const later = this.requests
      .filter(({ availableAt }) => Math.abs(availableAt) > this.now)
      .filter((request) => due === null || comesBeforeLater(this.keyOf(request).rank, due))
      .map(({ availableAt }) => Math.abs(availableAt))
    return { due, next: later.length === 0 ? null : Math.min(...later) }
  }

  look(): void {
    if (this.group.judgedBy === this.version && (this.group.lookAt === null || this.group.lookAt > this.now))
      return
    this.group = looked(this.group, this.limits, this.version, this.now, () => this.sight())
  }

  /** Notes locks that ran out since the last step. */
  passTime(): void {
    for (const { lockEnd } of this.requests) {
      if (lockEnd !== null && lockEnd > this.notedUntil && lockEnd <= this.now) {
        this.endedAt = Math.max(this.endedAt, lockEnd)
      }
    }
    this.notedUntil = this.now
    if (!isBounded(this.limits)) this.forget()
  }

  forget(): void {
    this.handedOutAt = 0
    this.endedAt = 0
  }

  /** How many requests may be handed out now, from what happened. */
  room(): number {
    const { concurrency, delayMs, adaptiveMaxDelayMs, isPaused } = this.limits
    const delay =
      adaptiveMaxDelayMs === null ? delayMs : Math.max(delayMs, Math.min(this.slowedToMs, adaptiveMaxDelayMs))
    if (isPaused || this.now < this.cooldownUntil) return 0
    if (delay > 0 && this.now < Math.max(this.handedOutAt, this.endedAt) + delay) return 0
    const live = this.requests.filter((request) => this.isLocked(request)).length
    return Math.min(delay > 0 ? 1 : Number.POSITIVE_INFINITY, Math.max(0, concurrency - live))
  }

  standing(request: Request): Standing {
    return { key: this.keyOf(request), lockEnd: this.isLocked(request) ? request.lockEnd : null }
  }

  place(request: Request, at: number): void {
    request.sequence = (request.forefront ? -1 : 1) * ++this.sequence
    request.availableAt = request.forefront ? -at : at
  }

  move(request: Request, at: number): void {
    request.availableAt = request.forefront ? -at : at
  }

  event(
    before: Standing | null,
    after: Standing | null,
    rest: { pace?: 'slower' | 'faster'; lockGone?: 'returned'; isHandOut?: boolean } = {},
  ): void {
    const judge = { limits: this.limits, policyVersion: this.version }
    const { pace = null, lockGone = 'ended', isHandOut = false } = rest
    this.group = afterEvent(this.group, judge, this.now, {
      before: before?.key ?? null,
      after: after?.key ?? null,
      endBefore: before?.lockEnd ?? null,
      endAfter: after?.lockEnd ?? null,
      pace,
      lockGone,
      isHandOut,
    })
  }

  /** Takes requests as head/lock does. */
  handOut(limit: number, lockMs: number, oneByOne: boolean): Request[] {
    const { room } = openingOf(this.group, this.limits, this.now)
    if (this.group.first === null) return []
    const due = this.due()
    const taken = due.slice(0, Math.min(room, limit))
    const left = due[taken.length]
    const lockEnd = this.now + lockMs
    const keys = taken.map((request) => this.keyOf(request))
    for (const request of taken) {
      const before = this.standing(request)
      this.move(request, lockEnd)
      request.lockEnd = lockEnd
      if (oneByOne) this.event(before, this.standing(request), { isHandOut: true })
    }
    if (!oneByOne) {
      const judge = { limits: this.limits, policyVersion: this.version }
      const next = left === undefined ? undefined : this.keyOf(left)
      this.group = afterHandOut(this.group, judge, this.now, { taken: keys, lockEnd, next })
    }
    this.handedOutAt = this.now
    return taken
  }

  play(step: Step): void {
    const pick = 'which' in step ? this.requests[step.which % Math.max(1, this.requests.length)] : undefined
    const judge = { limits: this.limits, policyVersion: this.version }
    switch (step.kind) {
      case 'wait':
        this.now += step.ms
        return
      case 'rules':
        // What happened so far happened under the old rules.
        this.group = settle(this.group, this.limits, this.now)
        this.version++
        this.limits = step.limits
        this.passTime()
        // Every group is looked at when the policy changes.
        this.look()
        return
      case 'cooldown':
        this.cooldownUntil = step.ms === null ? 0 : Math.max(this.cooldownUntil, this.now + step.ms)
        this.group = withCooldown(this.group, judge, this.now, step.ms === null ? null : this.now + step.ms)
        return
      case 'add': {
        const { forefront, priority } = step
        const request = { forefront, priority, sequence: 0, availableAt: 0, lockEnd: null }
        this.place(request, this.now + step.delay)
        this.requests.push(request)
        this.event(null, this.standing(request))
        return
      }
      case 'handOut':
        this.look()
        this.handOut(step.limit, step.lockMs, step.lockMs % 2 === 0)
        return
    }
    if (pick === undefined) return
    const before = this.standing(pick)
    const wasLocked = this.isLocked(pick)
    switch (step.kind) {
      case 'prolong':
        if (!wasLocked && (pick.lockEnd === null || isFull(this.group, this.limits, this.now))) return
        pick.lockEnd = this.now + step.lockMs
        this.move(pick, pick.lockEnd)
        this.event(before, this.standing(pick))
        return
      case 'return':
        if (!wasLocked) return
        pick.lockEnd = null
        this.move(pick, this.now)
        this.event(before, this.standing(pick), { lockGone: 'returned' })
        return
      case 'end':
      case 'retry':
      case 'giveBackLater':
        pick.lockEnd = null
        if (wasLocked) this.endedAt = this.now
        this.place(pick, this.now + (step.kind === 'giveBackLater' ? 9 : 0))
        if (step.kind === 'retry') this.changePace('slower')
        this.event(before, this.standing(pick), step.kind === 'retry' ? { pace: 'slower' } : {})
        return
      case 'handled':
      case 'delete':
        this.requests = this.requests.filter((request) => request !== pick)
        if (wasLocked) this.endedAt = this.now
        if (step.kind === 'handled') this.changePace('faster')
        this.event(before, null, step.kind === 'handled' ? { pace: 'faster' } : {})
    }
  }

  changePace(pace: 'slower' | 'faster'): void {
    const { delayMs, adaptiveMaxDelayMs } = this.limits
    if (adaptiveMaxDelayMs === null) return
    const delay = Math.max(delayMs, Math.min(this.slowedToMs, adaptiveMaxDelayMs))
    if (pace === 'slower') this.slowedToMs = Math.min(Math.max(1000, 2 * delay), adaptiveMaxDelayMs)
    else this.slowedToMs = Math.floor(delay / 2)
  }
}

describe('a group', () => {
  test('gets exactly what its rule allows, at every moment, and its first request comes first', () => {
    fc.assert(
      fc.property(limitsArbitrary, steps, (limits, played) => {
        const game = new Game(limits)
        for (const step of played) {
          game.passTime()
          game.play(step)
          game.passTime()
          // What is known without a look has to be right already.
          const { judgedBy, lookAt } = game.group
          const isKnown = judgedBy === game.version && (lookAt === null || lookAt > game.now)
          const look = () => looked(game.group, game.limits, game.version, game.now, () => game.sight())
          const group = isKnown ? game.group : look()
          const room = game.room()
          const [first] = game.due()
          const expected = room === 0 || first === undefined ? null : game.keyOf(first)
          assert.deepEqual(group.first, expected)
          assert.equal(openingOf(group, game.limits, game.now).room, room)
          assert.equal(game.group.unhandledCount, game.requests.length)
          if (isKnown) {
            // As long as no look is due and nothing happens, the answer stays right.
            const until = lookAt ?? game.now + 100
            const before = game.now
            for (const at of [before + 1, Math.floor((before + until) / 2), until - 1]) {
              if (at <= before || at >= until) continue
              game.now = at
              const past = [game.handedOutAt, game.endedAt, game.notedUntil] as const
              game.passTime()
              const [then] = game.due()
              assert.deepEqual(group.first, game.room() === 0 || then === undefined ? null : game.keyOf(then))
              game.handedOutAt = past[0]
              game.endedAt = past[1]
              game.notedUntil = past[2]
            }
            game.now = before
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('that is held back says until when, never longer than the rule says', () => {
    fc.assert(
      fc.property(limitsArbitrary, steps, (limits, played) => {
        const game = new Game(limits)
        for (const step of played) {
          game.passTime()
          game.play(step)
        }
        game.passTime()
        const { room, until } = openingOf(game.group, game.limits, game.now)
        if (room > 0 || until === null) return
        assert.ok(until > game.now)
        game.now = until - 1
        game.passTime()
        assert.equal(game.room(), 0)
      }),
      { numRuns: 2000 },
    )
  })
})
