import { type TObject, type TSchema, Type } from 'typebox'
import { type ErrorName, errorCatalogue } from '../../domain/errors.ts'
import type { AnswerBytesMax } from '../overload/answer-size.ts'
import type { RateClass } from '../rate-limit/rate-limits.ts'
import { ErrorAnswer, reference } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route needs no token. All others do. */
    readonly open?: true
    readonly rateClass?: RateClass
  }
}

/** The sections of the page at /docs, in its order. */
export const tags = [
  'Queues',
  'Requests',
  'Head and locks',
  'Policies',
  'Insight',
  'Jobs',
  'Users',
  'Server',
] as const
type Tag = (typeof tags)[number]

interface OperationParts<Params extends TSchema, Query extends TSchema, Body extends TSchema> {
  /** The name in the official description, so that generated clients have the same methods. */
  readonly id: string
  readonly tag: Tag
  readonly summary: string
  readonly description: string
  readonly params?: Params
  readonly query?: Query
  /** Only described. The handler reads and checks them. */
  readonly headers?: TSchema
  readonly body?: Body
  /** The successful answers by status. A text describes an answer without a body. */
  readonly answers: Readonly<Record<number, TSchema | string>>
  /** The errors of this route, in addition to those of every call. */
  readonly refusals?: readonly ErrorName[]
  readonly rateClass?: RateClass
  readonly open?: true
  readonly answerBytesMax: AnswerBytesMax
  /** Query parameters of other calls that this route refuses, because ignoring them would mislead, each with what to do instead. */
  readonly misplaced?: Readonly<Record<string, string>>
}

const everyCall: readonly ErrorName[] = [
  'invalidInput',
  'tokenNotProvided',
  'tokenNotValid',
  'tooManyWrongTokens',
  'readOnlyToken',
  'queryTokenNotTaken',
  'hostNotAllowed',
  'crossSiteCall',
  'methodNotAllowed',
  'rateLimitExceeded',
  'internalError',
  'storeUnavailable',
]
const openCalls: readonly ErrorName[] = ['queryTokenNotTaken']
const callsWithBody: readonly ErrorName[] = [
  'invalidContentType',
  'bodyTooLarge',
  'unsupportedContentEncoding',
]

/**
 * Makes the options of a route. Fastify derives its checks, its types and its part of /openapi.json from them. Answers are
 * left out of the types, because answers on the hot path are already text when Fastify gets them.
 */
export function operation<
  Params extends TSchema = TObject,
  Query extends TSchema = TObject,
  Body extends TSchema = TObject,
>(parts: OperationParts<Params, Query, Body>) {
  const { id, tag, summary, description, params, query, body, answers, refusals = [] } = parts
  const refused = [
    ...(parts.open ? openCalls : everyCall),
    ...(body === undefined ? [] : callsWithBody),
    ...refusals,
  ]
  const response: unknown = { ...answerSchemas(answers), ...errorSchemas(refused) }
  const schema = {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...(parts.open ? { security: [] } : {}),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(parts.headers === undefined ? {} : { headers: parts.headers }),
    ...(body === undefined ? {} : { body }),
    response,
  }
  return {
    // Fastify must not see keys without a value. The type says what a handler finds.
    schema: schema as Omit<typeof schema, 'params' | 'querystring' | 'body'> & {
      params: Params
      querystring: Query
      body: Body
    },
    config: {
      rateClass: parts.rateClass ?? ('rest' as const),
      answerBytesMax: parts.answerBytesMax,
      ...(parts.open ? { open: parts.open } : {}),
      ...(parts.misplaced === undefined ? {} : { misplaced: parts.misplaced }),
    },
  }
}

function answerSchemas(
  answers: OperationParts<TSchema, TSchema, TSchema>['answers'],
): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      typeof answer === 'string' ? Type.Null({ description: answer }) : answer,
    ]),
  )
}

/** Makes one answer for each status. Its description lists the errors with that status. */
function errorSchemas(names: readonly ErrorName[]): Record<string, object> {
  const byStatus = new Map<number, string[]>()
  for (const name of names) {
    const { status, type, message } = errorCatalogue[name]
    const line = `\`${type}\`: ${message.replace(/\{\w+\}/g, '…')}`
    byStatus.set(status, [...(byStatus.get(status) ?? []), line])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      status,
      { ...reference(ErrorAnswer), description: [...new Set(lines)].join('\n\n') },
    ]),
  )
}
