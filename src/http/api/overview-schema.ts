/** Queues in lists for people: the schema, the answer, and the cursor. */
import { Type } from 'typebox'
import { toIso } from '../../domain/time.ts'
import {
  type OverviewPlace,
  type OverviewSort,
  overviewSorts,
  type QueueOverview,
} from '../../store/params/overviews.ts'
import { invalidInput } from '../errors/errors.ts'
import { oneOf, time } from './schemas.ts'

export const overviewsMax = 100
const overviewsByDefault = 50

export const OverviewQuery = Type.Object({
  search: Type.Optional(
    Type.String({
      maxLength: 300,
      description: 'A part of the name, the title or the ID of the queues to list.',
    }),
  ),
  sort: Type.Optional(oneOf([...overviewSorts], 'What to sort by. By the name if it is left out.')),
  desc: Type.Optional(Type.Boolean({ default: false, description: 'In the opposite order.' })),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: overviewsMax,
      default: overviewsByDefault,
      description: 'How many queues to list.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ description: '`nextCursor` of the page before, with the same `sort` and `desc`.' }),
  ),
})

const count = (description: string) => Type.Integer({ minimum: 0, description })
const rate = Type.Number({ minimum: 0 })
const orNull = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(
  schema: Schema,
) => Type.Union([schema, Type.Null()])

const Overview = Type.Object({
  id: Type.String(),
  name: orNull(Type.String({ description: 'Null for a queue without a name.' })),
  title: orNull(Type.String()),
  ownerName: Type.String(),
  pendingRequestCount: count('Requests that are not handled, the locked ones included.'),
  handledRequestCount: count('Handled requests.'),
  totalRequestCount: count('All requests.'),
  lockedRequestCount: count('Locked requests. It may be late by a second or two.'),
  createdAt: time('When the queue was created.'),
  modifiedAt: time('When a request or a lock last changed.'),
  rates: Type.Object(
    { addedPerSec: rate, handledPerSec: rate, handedOutPerSec: rate, failedPerSec: rate },
    { description: 'The mean of ten seconds.' },
  ),
  oldestAvailableAt: orNull(
    Type.String({
      format: 'date-time',
      description: 'Since when the request has been available that has been so for the longest time.',
    }),
  ),
  secsToEmpty: orNull(
    Type.Integer({
      description:
        'How long until nothing is pending, at the pace of the last minute. Null if it does not shrink.',
    }),
  ),
  handledLastHour: Type.Array(Type.Integer(), {
    description: 'How many requests were handled in each of the last 60 minutes, the latest last.',
  }),
})

export const OverviewPageSchema = Type.Object({
  items: Type.Array(Overview),
  nextCursor: orNull(Type.String({ description: 'Null on the last page.' })),
})

/** The part of an answer or an event. */
export function shownOverview(overview: QueueOverview) {
  const { createdAt, modifiedAt, oldestAvailableAt, totalRequestCount, handledRequestCount } = overview
  return {
    id: overview.id,
    name: overview.name,
    title: overview.title,
    ownerName: overview.ownerName,
    pendingRequestCount: totalRequestCount - handledRequestCount,
    handledRequestCount,
    totalRequestCount,
    lockedRequestCount: overview.lockedRequestCount,
    createdAt: toIso(createdAt),
    modifiedAt: toIso(modifiedAt),
    rates: overview.rates,
    oldestAvailableAt: oldestAvailableAt === null ? null : toIso(oldestAvailableAt),
    secsToEmpty: overview.secsToEmpty,
    handledLastHour: overview.handledLastHour,
  }
}

export function overviewLimit(asked: number | undefined): number {
  return asked ?? overviewsByDefault
}

/** Marks the form of a cursor. */
const cursorVersion = 1

/** Where a list of queues continues. Callers only send it back. */
export function overviewCursor({ value, id }: OverviewPlace, sort: OverviewSort): string {
  return Buffer.from(JSON.stringify([cursorVersion, sort, value, id])).toString('base64url')
}

/** @throws HeadlockError `invalidInput` when this server did not make it, or not for this order */
export function placeIn(cursor: string, sort: OverviewSort): OverviewPlace {
  const place = decoded(cursor, sort)
  if (place === null || overviewCursor(place, sort) !== cursor) {
    throw invalidInput(
      `the query parameter cursor is not one that this server gave in nextCursor for sort=${sort}`,
    )
  }
  return place
}

function decoded(cursor: string, sort: OverviewSort): OverviewPlace | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(content)) return null
    const [version, by, value, id] = content as unknown[]
    const isValue = sort === 'name' ? typeof value === 'string' : Number.isSafeInteger(value)
    if (version !== cursorVersion || by !== sort || !isValue || typeof id !== 'string') return null
    return { value: value as string | number, id }
  } catch {
    return null
  }
}
