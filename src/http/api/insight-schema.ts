/** The schemas of section 14: what people see of a queue. */
import { type Static, Type } from 'typebox'
import { countedMax } from '../../domain/insight/limits.ts'
import { standings } from '../../domain/insight/standing.ts'
import { Request } from './request-schema.ts'
import { HeadItem, oneOf, reference, time } from './schemas.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const runId = Type.Union([Type.String(), Type.Null()], {
  description: 'The run of its token. Null: it has none.',
})
const timeOrNull = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

const Counts = Type.Object({
  available: count('May be handed out now.'),
  locked: count('A client holds them.'),
  scheduled: count('Wait for a later moment.'),
  held: count('Their host, or the queue, takes no hand-outs now.'),
  handled: count('Done, including those that failed. Always exact.'),
  failed: count('Handled with errors.'),
})

export const Explanation = Type.Object(
  {
    verdict: Type.String({ description: 'One sentence for people.' }),
    paused: Type.Boolean({ description: 'Whether the policy pauses the queue.' }),
    counts: Counts,
    capped: Type.Array(oneOf(standings), {
      description: `The counts that were cut, nearly always at ${countedMax}. There may be more.`,
    }),
    locked: Type.Array(
      Type.Object({
        clientKey: Type.String(),
        runId,
        count: count('How many requests it holds.'),
        nextExpiryAt: time('When the first of its locks runs out.'),
      }),
      { description: 'Who holds requests, those that hold most first. At most 100.' },
    ),
    held: Type.Array(
      Type.Object({
        host: Type.String(),
        reason: oneOf(['concurrency', 'delay', 'cooldown', 'paused']),
        count: count('How many requests are due and held back.'),
        until: timeOrNull('When time alone ends it. Null: never.'),
      }),
      { description: 'The hosts that hold requests back, those that hold most first. At most 100.' },
    ),
    nextAvailableAt: timeOrNull(
      'When time alone makes the first request available. Null: one is available now, or none ever will be.',
    ),
    next: Type.Array(reference(HeadItem), {
      description: 'What a head/lock would hand out now, in order. At most 25.',
    }),
  },
  { $id: 'Explanation', description: 'Why head/lock gives what it gives.' },
)
export type Explanation = Static<typeof Explanation>

export const FoundRequest = Type.Object(
  {
    ...Request.properties,
    state: oneOf(standings, 'Where it stands now.'),
    availableAt: Type.Optional(time('When it becomes available. Only there while it is scheduled.')),
  },
  {
    $id: 'FoundRequest',
    description: 'A request as stored, with its state.',
    additionalProperties: true,
  },
)

export const Failures = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        error: Type.String({
          description: 'What their last error messages have in common.',
          examples: ['Navigation timed out after <number> seconds'],
        }),
        count: count('How many requests.'),
        exampleId: Type.String({ description: 'The ID of one of the requests.' }),
      }),
    ),
    capped: Type.Boolean({
      description: `Whether some are not counted: at most ${countedMax} of an error are, and at most 1000 errors.`,
    }),
  },
  { $id: 'Failures', description: 'What requests failed with.' },
)

export const Hosts = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        host: Type.String(),
        pending: count('Requests that are not handled, locked ones included.'),
        locked: count('Live locks.'),
        nextDueAt: timeOrNull(
          'When it gets its next request: now if it may get one. Null: never, by time alone.',
        ),
        delaySecs: Type.Number({ description: 'How long it rests between two requests.' }),
        concurrency: Type.Union([Type.Integer(), Type.Null()], {
          description: 'How many live locks it may have. Null: any number.',
        }),
        cooldownUntil: timeOrNull('Null unless a cooldown holds it back.'),
        paused: Type.Boolean(),
      }),
    ),
    limit: Type.Integer(),
    capped: Type.Boolean({
      description: 'Whether there are more than 10,000 hosts or requests, of which some were not looked at.',
    }),
    nextCursor: Type.Optional(Type.String({ description: 'Present when there are more hosts.' })),
  },
  { $id: 'Hosts', description: 'A page of hosts.' },
)

export const Clients = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        clientKey: Type.String(),
        runId,
        locked: count('How many requests it holds.'),
        nextExpiryAt: timeOrNull('When the first of its locks runs out. Null: it has none.'),
        lastSeenAt: timeOrNull(
          'When it last asked for requests, or worked with one. Null: it is not remembered.',
        ),
        handedOut: count('Requests that it got.'),
        handled: count('How many of them were handled.'),
        ranOut: count('How many of its locks ran out.'),
      }),
    ),
    limit: Type.Integer(),
    capped: Type.Boolean({
      description: `Whether there are more than ${countedMax} locks, of which some were not counted.`,
    }),
    nextCursor: Type.Optional(Type.String({ description: 'Present when there are more clients.' })),
  },
  { $id: 'Clients', description: 'A page of clients.' },
)

/** They have to be registered before the routes. */
export const insightSchemas = [Explanation, FoundRequest, Failures, Hosts, Clients] as const
