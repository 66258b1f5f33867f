import { type Static, type TSchemaOptions, Type } from 'typebox'
import { httpMethods } from '../../domain/request.ts'
import { toMillis } from '../validation/handled-at.ts'
import { isHttpUrl } from '../validation/http-url.ts'
import { lockExpiresAt, oneOf, time } from './schemas.ts'

/** A field that may be null or left out, which mean the same (rule 2.6). */
function field<Value>(types: string | string[], description: string, more: TSchemaOptions & object = {}) {
  return Type.Optional(Type.Unsafe<Value | null>({ type: [types, 'null'].flat(), description, ...more }))
}

export type JsonObject = Readonly<Record<string, unknown>>
/** Clients in PHP cannot tell an object from a list (rule 2.9). */
export type ObjectOrList = JsonObject | readonly unknown[]

const url = Type.Refine(
  Type.String({
    description: 'The URL to fetch: absolute, http or https. It is stored as it was sent.',
    examples: ['https://example.com/'],
  }),
  isHttpUrl,
  () => 'must be an absolute http or https URL',
)

const method = Type.Refine(
  field<string>(
    'string',
    `One of ${httpMethods.join(', ')}, in upper or lower case; GET when it is left out.`,
    { examples: ['GET'] },
  ),
  (text) => typeof text !== 'string' || isMethod(text) || isMethod(text.toUpperCase()),
  () => `must be one of ${httpMethods.join(', ')}`,
)

function isMethod(text: string): boolean {
  return (httpMethods as readonly string[]).includes(text)
}

const handledAt = Type.Refine(
  field<string>(
    'string',
    'When the request was handled, in ISO 8601. Setting it marks the request as handled.',
    {
      examples: ['2030-01-01T12:00:00.000Z'],
    },
  ),
  (text) => typeof text !== 'string' || toMillis(text) !== null,
  () => 'must be a time from 1970 to 9999 in ISO 8601, like 2030-01-01T12:00:00.000Z',
)

/** The fields of a request. field-forms.ts lists the other forms in which clients may send them. */
const contentFields = {
  method,
  retryCount: field<number>('number', 'How many times the request was retried, a whole number. Left out: 0.'),
  loadedUrl: field<string>('string', 'The URL after all redirects.'),
  payload: field<string | ObjectOrList>(
    ['string', 'object', 'array'],
    'The body to send to the URL: a string or an object. A list counts as an object.',
  ),
  headers: field<ObjectOrList>(
    ['object', 'array'],
    'The headers to send to the URL: an object. A list counts as an object.',
  ),
  userData: field<ObjectOrList>(
    ['object', 'array'],
    'Your own data: an object. A list counts as an object. The member `headlock` may ask for something: ' +
      '`{"delaySecs": 60}` or `{"notBefore": "2030-01-01T12:00:00.000Z"}` (the request is not locked by anybody before), ' +
      '`{"priority": 5}` (from -10 to 10).',
  ),
  noRetry: field<boolean>('boolean', 'Whether the request must not be retried.'),
  errorMessages: field<ObjectOrList>(
    ['array', 'object'],
    'Errors of earlier attempts: a list of strings. Other values are stored as their JSON text.',
  ),
}

const example = { url: 'https://example.com/', uniqueKey: 'https://example.com/' }

/**
 * The fields of a request that a caller may set. Fields that are not listed are stored and answered unchanged (rule 2.6).
 */
export const RequestBody = Type.Object(
  {
    url,
    uniqueKey: Type.String({
      minLength: 1,
      description:
        'The key that identifies the request in its queue. Adding the same key again adds nothing.',
      examples: ['https://example.com/'],
    }),
    id: field<string>('string', 'If it is given, it must be the ID that belongs to the unique key.'),
    ...contentFields,
    handledAt,
  },
  {
    $id: 'RequestContent',
    description: 'A request to fetch. Fields of your own are stored unchanged.',
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
    handledAt: Type.Optional(time('When the request was handled. Left out while it is pending.')),
    lockExpiresAt: Type.Optional(lockExpiresAt),
    lockByClient: Type.Optional(Type.String({ description: 'The client key that holds the lock.' })),
  },
  {
    $id: 'Request',
    description: 'A request as stored, with your own fields, and with its lock while it is locked.',
    additionalProperties: true,
  },
)
