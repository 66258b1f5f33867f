import { type TObject, type TSchema, Type } from 'typebox'
import { type ErrorName, errorCatalogue } from '../../domain/errors.ts'
import type { AnswerBytesMax } from '../overload/answer-size.ts'
import type { RateClass } from '../rate-limit/rate-limits.ts'
import { ErrorAnswer, reference } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. Everything else needs one. */
    readonly open?: true
    readonly rateClass?: RateClass
  }
}

/** The sections of the page at /docs, in its order. */
export const tags = ['Queues', 'Requests', 'Head and locks', 'Users', 'Server'] as const
type Tag = (typeof tags)[number]

interface OperationParts<Params extends TSchema, Query extends TSchema, Body extends TSchema> {
  /** As the official description names it, so that generated clients are the same. */
  readonly id: string
  readonly tag: Tag
  readonly summary: string
  readonly description: string
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** What it answers when it succeeds, by status; a text stands for an answer without a body. */
  readonly answers: Readonly<Record<number, TSchema | string>>
  /** What it can refuse, besides what every call can. */
  readonly refusals?: readonly ErrorName[]
  readonly rateClass?: RateClass
  readonly open?: true
  readonly answerBytesMax: AnswerBytesMax
  /** Query parameters of other calls that are refused here, because to ignore them would mislead; with what to do instead. */
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
 * The options of a route, from which Fastify makes its checks, its types, and the page in /openapi.json.
 * Answers are left out of the types: those on the hot path are text by the time Fastify sees them.
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
    ...(body === undefined ? {} : { body }),
    response,
  }
  return {
    // Fastify must not see the keys of parts that are not there; the types say what a handler would find.
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

/** One answer for each status; its description lists the errors that have it. */
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
