import { type Static, type TSchemaOptions, Type } from 'typebox'
import { httpMethods } from '../../domain/request.ts'
import { toMillis } from '../validation/handled-at.ts'
import { isHttpUrl } from '../validation/http-url.ts'
import { lockExpiresAt, oneOf, time } from './schemas.ts'

/** A field that may be left out or be null, which is the same (rule 2.6). */
function field<Value>(types: string | string[], description: string, more: TSchemaOptions & object = {}) {
  return Type.Optional(Type.Unsafe<Value | null>({ type: [types, 'null'].flat(), description, ...more }))
}

export type JsonObject = Readonly<Record<string, unknown>>
/** Clients in PHP cannot tell an object from a list (rule 2.9). */
export type ObjectOrList = JsonObject | readonly unknown[]

const url = Type.Refine(
  Type.String({
    description: 'The address to fetch: an absolute http or https URL. It is kept as it is.',
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
    'When the request was done, in ISO 8601. Setting it marks the request as handled.',
    {
      examples: ['2030-01-01T12:00:00.000Z'],
    },
  ),
  (text) => typeof text !== 'string' || toMillis(text) !== null,
  () => 'must be a time from 1970 to 9999 in ISO 8601, like 2030-01-01T12:00:00.000Z',
)

/** What is taken, and in which other forms than it is answered: field-forms.ts. */
const contentFields = {
  method,
  retryCount: field<number>('number', 'How often it was tried again, a whole number; 0 when left out.'),
  loadedUrl: field<string>('string', 'The address it ended at.'),
  payload: field<string | ObjectOrList>(
    ['string', 'object', 'array'],
    'The body to send to the address: a string or an object. A list stands for an object.',
  ),
  headers: field<ObjectOrList>(
    ['object', 'array'],
    'The headers to send to the address, an object. A list stands for an object.',
  ),
  userData: field<ObjectOrList>(
    ['object', 'array'],
    'Anything of your own, an object. A list stands for an object.',
  ),
  noRetry: field<boolean>('boolean', 'Whether it must not be tried again.'),
  errorMessages: field<ObjectOrList>(
    ['array', 'object'],
    'What went wrong when it was tried, a list of strings. What is none is kept as its JSON text.',
  ),
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
