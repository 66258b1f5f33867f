/**
 * The shapes that calls and answers share. One schema is the check, the TypeScript type, the serializer and
 * the page in /openapi.json. The names of the API's fields are spelt here and in render.ts, nowhere else.
 */
import { type Static, type TSchema, Type } from 'typebox'
import { limits } from '../../domain/limits.ts'
import { generalAccessValues } from '../../domain/queue.ts'
import { httpMethods } from '../../domain/request.ts'

/** Points to a schema that is registered with the server under its `$id`. */
export function reference<Schema extends TSchema>(schema: Schema) {
  const { $id } = schema as { $id?: string }
  return Type.Unsafe<Static<Schema>>({ $ref: `${$id}#` })
}

/** Rule 9.1: success is always `{"data": ...}`. */
export function dataOf<Schema extends TSchema>(description: string, schema: Schema, more: object = {}) {
  return Type.Object({ data: schema }, { description, ...more })
}

/** One of a few texts. TypeBox alone would leave their type to the reader of /openapi.json. */
export function oneOf<Values extends string[]>(values: readonly [...Values], description?: string) {
  return Type.Enum(values, { type: 'string', ...(description === undefined ? {} : { description }) })
}

export const time = (description: string) => Type.String({ format: 'date-time', description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

// Where a call goes

const queueId = Type.String({
  description: 'ID of the queue, or `username~queue-name`, or `~queue-name` for one of your own.',
  examples: ['WkzbQMuFYuamGv3YF'],
})
export const QueueParams = Type.Object({ queueId })
export const RequestParams = Type.Object({
  queueId,
  requestId: Type.String({ description: 'ID of the request.', examples: ['sbJ7klsdf7ujN9l'] }),
})

/** Of a queue, in a body; null takes it away. */
export const queueTitle = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: limits.queueTitleLengthMax,
  description: `For people; at most ${limits.queueTitleLengthMax} characters.`,
})

// What a call asks for in the query string

export const clientKey = Type.Optional(
  Type.String({
    minLength: limits.clientKeyLengthMin,
    maxLength: limits.clientKeyLengthMax,
    description:
      'Who calls: the name under which locks are held and by which clients of a queue are told apart. ' +
      'A call without it is a new client of its own.',
    examples: ['worker-1'],
  }),
)

export const forefront = (description: string) => Type.Optional(Type.Boolean({ default: false, description }))

export const lockSecs = Type.Number({
  exclusiveMinimum: 0,
  maximum: limits.lockSecsMax,
  description: 'How long the lock holds, in seconds from now. Fractions are allowed.',
  examples: [60],
})

/**
 * `limit` of a page: 0 stands for the default, and more than the maximum for the maximum (see `pageLimit`).
 */
export const pageLimitOf = (byDefault: number, most: number) =>
  Type.Optional(
    Type.Integer({
      minimum: 0,
      default: byDefault,
      description: `At most so many. 0 is the default, ${byDefault}; more than ${most} is ${most}.`,
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
  modifiedAt: time('When a request or a lock in it changed last.'),
  accessedAt: time('When it was used last.'),
  totalRequestCount: count('Handled and pending requests together.'),
  handledRequestCount: count('Requests that are done.'),
  pendingRequestCount: count('Requests that are not done, locked ones included.'),
  hadMultipleClients: Type.Boolean({ description: 'Whether more than one client ever used the queue.' }),
  stats: Type.Object({
    writeCount: count('Requests added, updated and locked.'),
    readCount: count('Requests read and listed.'),
    deleteCount: count('Requests deleted.'),
    headItemReadCount: count('Requests that head calls answered.'),
    storageBytes: count('Size of all its requests, in bytes.'),
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
    wasAlreadyPresent: Type.Boolean({ description: 'The queue had this unique key before.' }),
    wasAlreadyHandled: Type.Boolean({ description: 'And the request was done.' }),
  },
  { $id: 'RequestRegistration', description: 'What became of a request.' },
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
  description: 'A request at the head of a queue; GET request tells the rest of it.',
})
export const lockExpiresAt = time('When the lock ends, unless it is prolonged.')
export const LockedHeadItem = Type.Object(
  { ...headItemFields, lockExpiresAt },
  { $id: 'LockedHeadItem', description: 'A request that the caller now holds.' },
)

/** What routes point to; it has to be registered before them. */
export const sharedSchemas = [
  ErrorAnswer,
  Queue,
  ListedQueue,
  Registration,
  HeadItem,
  LockedHeadItem,
] as const
