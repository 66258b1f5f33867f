/**
 * The schemas that calls and answers share. Checks, TypeScript types, serializers and /openapi.json all come from them. Only
 * this file and render.ts spell the field names of the API.
 */
import { type Static, type TSchema, Type } from 'typebox'
import { limits } from '../../domain/limits.ts'
import { generalAccessValues } from '../../domain/queue.ts'
import { httpMethods } from '../../domain/request.ts'

/** References a schema that is registered with the server under its `$id`. */
export function reference<Schema extends TSchema>(schema: Schema) {
  const { $id } = schema as { $id?: string }
  return Type.Unsafe<Static<Schema>>({ $ref: `${$id}#` })
}

/** Rule 9.1: success is always `{"data": ...}`. */
export function dataOf<Schema extends TSchema>(description: string, schema: Schema, more: object = {}) {
  return Type.Object({ data: schema }, { description, ...more })
}

/** One of a few texts. TypeBox alone would leave out the type `string` in /openapi.json. */
export function oneOf<Values extends string[]>(values: readonly [...Values], description?: string) {
  return Type.Enum(values, { type: 'string', ...(description === undefined ? {} : { description }) })
}

export const time = (description: string) => Type.String({ format: 'date-time', description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

// Parameters in the path

const queueId = Type.String({
  description: 'ID of the queue, or `username~queue-name`, or `~queue-name` for a queue of your own.',
  examples: ['WkzbQMuFYuamGv3YF'],
})
export const QueueParams = Type.Object({ queueId })
export const RequestParams = Type.Object({
  queueId,
  requestId: Type.String({ description: 'ID of the request.', examples: ['sbJ7klsdf7ujN9l'] }),
})

/** The title of a queue in a body. Null removes it. */
export const queueTitle = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: limits.queueTitleLengthMax,
  description: `For people; at most ${limits.queueTitleLengthMax} characters.`,
})

// Parameters in the query string

export const clientKey = Type.Optional(
  Type.String({
    minLength: limits.clientKeyLengthMin,
    maxLength: limits.clientKeyLengthMax,
    description:
      'The name of the client. Locks belong to it, and the clients of a queue are counted by it. ' +
      'Each call without a client key counts as a new client.',
    examples: ['worker-1'],
  }),
)

export const forefront = (description: string) => Type.Optional(Type.Boolean({ default: false, description }))

export const lockSecs = Type.Number({
  exclusiveMinimum: 0,
  maximum: limits.lockSecsMax,
  description: 'How long the lock lasts, in seconds from now. Fractions are allowed.',
  examples: [60],
})

export const waitSecs = Type.Optional(
  Type.Number({
    minimum: 0,
    maximum: limits.waitSecsMax,
    default: 0,
    description:
      'How long the answer waits, in seconds, if no request is available: until one is, or that long. ' +
      'Fractions are allowed.',
    examples: [30],
  }),
)

/**
 * The `limit` of a page. 0 means the default, and more than the maximum means the maximum (see `pageLimit`).
 */
export const pageLimitOf = (byDefault: number, most: number) =>
  Type.Optional(
    Type.Integer({
      minimum: 0,
      default: byDefault,
      description: `The most items to answer. 0 means the default, ${byDefault}. More than ${most} means ${most}.`,
    }),
  )

// Answers

export const ErrorAnswer = Type.Object(
  {
    error: Type.Object({
      type: Type.String({ description: 'What went wrong, for programs.', examples: ['record-not-found'] }),
      message: Type.String({ description: 'What went wrong and what to do, for people.' }),
    }),
  },
  { $id: 'Error', description: 'The call failed. Below status 500 it has changed nothing.' },
)

const queueFields = {
  id: Type.String({ examples: ['WkzbQMuFYuamGv3YF'] }),
  userId: Type.String({ description: 'ID of the owner.' }),
  title: Type.Optional(Type.String()),
  generalAccess: Type.Optional(oneOf(generalAccessValues)),
  createdAt: time('When the queue was made.'),
  modifiedAt: time('When a request or a lock in the queue last changed.'),
  accessedAt: time('When it was used last.'),
  totalRequestCount: count('Handled and pending requests together.'),
  handledRequestCount: count('Requests that are done.'),
  pendingRequestCount: count('Requests that are not handled, including locked ones.'),
  hadMultipleClients: Type.Boolean({ description: 'Whether more than one client has used the queue.' }),
  stats: Type.Object({
    writeCount: count('Requests added, updated and locked.'),
    readCount: count('Requests read and listed.'),
    deleteCount: count('Requests deleted.'),
    headItemReadCount: count('Requests in the answers of head calls.'),
    storageBytes: count('Size of all requests of the queue, in bytes.'),
  }),
}

export const Queue = Type.Object(
  {
    ...queueFields,
    name: Type.Union([Type.String(), Type.Null()], { description: 'Null when the queue has none.' }),
    consoleUrl: Type.String({ format: 'uri', description: 'The page of the queue on this server.' }),
  },
  { $id: 'RequestQueue', description: 'A request queue.' },
)
export type Queue = Static<typeof Queue>

export const ListedQueue = Type.Object(
  {
    ...queueFields,
    name: Type.String({ description: 'Empty when the queue has none.' }),
    username: Type.String({ description: 'Name of the owner.' }),
  },
  { $id: 'ListedRequestQueue', description: 'A request queue in a list.' },
)
export type ListedQueue = Static<typeof ListedQueue>

export const Registration = Type.Object(
  {
    requestId: Type.String(),
    wasAlreadyPresent: Type.Boolean({ description: 'Whether the queue already had this unique key.' }),
    wasAlreadyHandled: Type.Boolean({ description: 'Whether that request was already handled.' }),
  },
  { $id: 'RequestRegistration', description: 'The result for one request.' },
)

const headItemFields = {
  id: Type.String(),
  uniqueKey: Type.String(),
  url: Type.String(),
  method: oneOf(httpMethods),
  retryCount: Type.Integer({ minimum: 0 }),
}
export const HeadItem = Type.Object(headItemFields, {
  $id: 'HeadItem',
  description: 'A request at the head of a queue. "Get request" answers its other fields.',
})
export const lockExpiresAt = time('When the lock expires, unless it is prolonged.')
export const LockedHeadItem = Type.Object(
  { ...headItemFields, lockExpiresAt },
  { $id: 'LockedHeadItem', description: 'A request that is now locked for the caller.' },
)

/** The schemas that routes reference. They have to be registered before the routes. */
export const sharedSchemas = [
  ErrorAnswer,
  Queue,
  ListedQueue,
  Registration,
  HeadItem,
  LockedHeadItem,
] as const
