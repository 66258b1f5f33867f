import { type Static, type TSchemaOptions, Type } from 'typebox'
import { toMillis } from './handled-at.ts'
import { httpMethods, lockExpiresAt, oneOf, time } from './schemas.ts'

/** A field that may be left out or be null, which is the same (rule 2.6). */
function field<Value>(type: string, description: string, more: TSchemaOptions & object = {}) {
  return Type.Optional(Type.Unsafe<Value | null>({ type: [type, 'null'], description, ...more }))
}

type JsonObject = Record<string, unknown>

const url = Type.Refine(
  Type.String({
    description: 'The address to fetch: an absolute http or https URL.',
    examples: ['https://example.com/'],
  }),
  // `canParse` alone would take `http:example.com`, and spaces around it.
  (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
  () => 'must be an absolute http or https URL',
)

const handledAt = Type.Refine(
  field<string>(
    'string',
    'When the request was done, in ISO 8601. Setting it marks the request as handled.',
    {
      examples: ['2030-01-01T12:00:00.000Z'],
    },
  ),
  (text) => typeof text !== 'string' || toMillis(text) !== null,
  () => 'must be a time in ISO 8601, like 2030-01-01T12:00:00.000Z',
)

const contentFields = {
  method: field<(typeof httpMethods)[number]>('string', 'The HTTP method; GET when left out.', {
    enum: [...httpMethods, null],
  }),
  retryCount: field<number>('integer', 'How often it was tried again; 0 when left out.', {
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
  loadedUrl: field<string>('string', 'The address it ended at.'),
  payload: Type.Optional(
    Type.Unsafe<string | JsonObject | null>({
      type: ['string', 'object', 'null'],
      description: 'The body to send to the address.',
    }),
  ),
  headers: field<JsonObject>('object', 'The headers to send to the address.'),
  userData: field<JsonObject>('object', 'Anything of your own.'),
  noRetry: field<boolean>('boolean', 'Whether it must not be tried again.'),
  errorMessages: field<string[]>('array', 'What went wrong when it was tried.', {
    items: { type: 'string' },
  }),
}

const example = { url: 'https://example.com/', uniqueKey: 'https://example.com/' }

/**
 * What a caller says of a request. Fields that are not listed are kept and given back as they came (rule
 * 2.6).
 */
export const RequestBody = Type.Object(
  {
    url,
    uniqueKey: Type.String({
      minLength: 1,
      description: 'What makes the request the same as another one in this queue.',
      examples: ['https://example.com/'],
    }),
    id: field<string>('string', 'If it is given, it must be the ID that belongs to the unique key.'),
    ...contentFields,
    handledAt,
  },
  {
    $id: 'RequestContent',
    description: 'A request to fetch. Fields of your own are kept as they are.',
    examples: [example],
  },
)
export type RequestBody = Static<typeof RequestBody>

/** A request as answers show it. */
export const Request = Type.Object(
  {
    id: Type.String(),
    uniqueKey: Type.String(),
    url: Type.String(),
    method: oneOf(httpMethods),
    retryCount: Type.Integer({ minimum: 0 }),
    noRetry: Type.Boolean(),
    headers: Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true }),
    userData: Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true }),
    handledAt: Type.Optional(time('When the request was done; left out while it is not.')),
    lockExpiresAt: Type.Optional(lockExpiresAt),
    lockByClient: Type.Optional(Type.String({ description: 'The client key that holds the lock.' })),
  },
  {
    $id: 'Request',
    description: 'A request as stored, with the fields of your own; its lock is shown while it is alive.',
    additionalProperties: true,
  },
)
