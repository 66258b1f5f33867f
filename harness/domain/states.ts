/** Random input for the rules. Every state is one that a store can have. */
import fc from 'fast-check'
import type { Client } from '../../src/domain/lifecycle.ts'
import { movedTo, type Place, type Side } from '../../src/domain/order.ts'
import type { RequestContent, RequestState } from '../../src/domain/request.ts'

export const side: fc.Arbitrary<Side> = fc.constantFrom('end', 'forefront')

/** Few clients, so that holder and caller are often the same. */
export const client: fc.Arbitrary<Client> = fc.record({
  clientKey: fc.constantFrom('one', 'two', 'three'),
  runId: fc.constantFrom(null, 'run-1', 'run-2'),
})

export const content: fc.Arbitrary<RequestContent> = fc.record({
  id: fc.constant('a-request-of-15'),
  uniqueKey: fc.string({ maxLength: 5 }),
  url: fc.constant('https://example.com/'),
  method: fc.constantFrom('GET', 'POST'),
  retryCount: fc.nat(3),
  handledAt: fc.constantFrom(null, 5, 999_999),
  otherFields: fc.constant('"noRetry":false,"headers":{},"userData":{}'),
})

/** A content that may ask for a delay. */
export const wishing: fc.Arbitrary<RequestContent> = fc
  .record({
    content,
    wishes: fc.record(
      { delayMs: fc.nat(10_000), notBefore: fc.nat(1_010_000), priority: fc.integer({ min: -10, max: 10 }) },
      { requiredKeys: [] },
    ),
  })
  .map(({ content, wishes }) => (Object.keys(wishes).length === 0 ? content : { ...content, wishes }))

/** Places of requests that are due. */
export function moments(now: number): fc.Arbitrary<Place> {
  return fc
    .record({ at: fc.integer({ min: 1, max: now }), number: fc.integer({ min: 1, max: 1_000 }), where: side })
    .map(({ at, number, where }) =>
      where === 'forefront' ? { availableAt: -at, sequence: -number } : { availableAt: at, sequence: number },
    )
}

/** Handled, pending, scheduled, locked, or with an expired lock. */
export function states(now: number): fc.Arbitrary<RequestState> {
  const place = moments(now)
  const bytes = fc.nat(1_000)
  const later = fc.integer({ min: 1, max: 10_000 })
  const retryCount = fc.nat(3)
  const priority = fc.constantFrom(0, 0, -10, 3)
  // A moment that has passed may remain of an earlier schedule.
  const scheduledAt = fc.constantFrom(null, null, now)
  const always = {
    bytes,
    retryCount,
    priority,
    lockExpiries: fc.constantFrom(0, 0, 2),
    group: fc.constant(null),
    lockGroup: fc.constant(null),
    revisitAt: fc.constant(null),
    failure: fc.constant(null),
  }
  return fc.oneof(
    fc.record({ handledAt: fc.nat(now), ...always }).map((parts) => ({
      ...parts,
      place: null,
      scheduledAt: null,
      lock: null,
      lockExpiries: 0,
    })),
    fc.record({ place, scheduledAt, ...always }).map((parts) => ({ ...parts, handledAt: null, lock: null })),
    fc.record({ place, later, ...always }).map(({ later: delay, ...parts }) => ({
      ...parts,
      place: movedTo(parts.place, now + delay),
      scheduledAt: now + delay,
      handledAt: null,
      lock: null,
    })),
    fc
      .record({
        place,
        scheduledAt,
        client,
        difference: fc.integer({ min: -5_000, max: 10_000 }),
        ...always,
      })
      .map(({ client: { clientKey, runId }, difference, place: placeBefore, ...parts }) => {
        const expiresAt = now + difference
        return {
          ...parts,
          handledAt: null,
          place: movedTo(placeBefore, expiresAt),
          lock: { clientKey, runId, expiresAt, placeBefore },
        }
      }),
  )
}
