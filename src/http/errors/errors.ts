import type { ServerResponse } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { type ErrorName, HeadlockError } from '../../domain/errors.ts'
import { securityHeaders } from '../browsers/security-headers.ts'
import { type CallContext, callOf } from '../call-context.ts'
import { type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import { answerOptions, hasNoRoute, refusalOfMissingRoute } from './not-found.ts'

/**
 * Errors that pass by themselves within about a second. A busy store was already retried for seconds, and rate counts
 * restart every second.
 */
const passing: ReadonlySet<ErrorName> = new Set(['storeUnavailable', 'rateLimitExceeded'])
const retryAfterSeconds = 1

export const jsonType = 'application/json; charset=utf-8'

/** The body of every failure (rule 9.1). A message may repeat a part of the call that ends with half a surrogate pair (2.8). */
export function errorText(error: HeadlockError): string {
  const message = JSON.stringify(error.message.toWellFormed())
  return `{"error":{"type":${JSON.stringify(error.type)},"message":${message}}}`
}

/**
 * Makes the refusal of wrong input. `problem` names the field or the parameter, and what is allowed.
 */
export function invalidInput(problem: string): HeadlockError {
  return new HeadlockError('invalidInput', { problem })
}

/** Turns everything that is thrown or rejected into an answer. No other code does. */
export class ErrorAnswers {
  readonly #logger: Logger
  readonly #rateLimits: RateLimits

  constructor(logger: Logger, rateLimits: RateLimits) {
    this.#logger = logger
    this.#rateLimits = rateLimits
  }

  addTo(app: FastifyInstance): void {
    app.setErrorHandler((error, request, reply) => this.send(error, request, reply))
  }

  send(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (request.method === 'OPTIONS' && isMistakeOfCaller(error)) {
      return answerOptions(request, reply, this.#rateLimits)
    }
    const refusal = refusalIn(error, request, reply) ?? this.#unexpected(error, callOf(request.raw))
    // Fastify closes the connection after every failure in a body.
    if (!closesAfter(refusal, callOf(request.raw))) reply.removeHeader('connection')
    if (!reply.hasHeader(rateLimitHeader)) reply.header(rateLimitHeader, this.#rateLimits.limitOf('rest'))
    reply.headers(securityHeaders)
    const seconds = retryAfterOf(refusal)
    if (seconds !== null) reply.header('retry-after', seconds)
    return reply.code(refusal.status).type(jsonType).send(errorText(refusal))
  }

  /**
   * The same for a call of the route table (table/route-table.ts).
   *
   * @param headers those of every answer of the route
   * @param isOfBody whether the body could not be read
   */
  sendFor(
    call: CallContext,
    error: unknown,
    headers: Readonly<Record<string, string>>,
    isOfBody: boolean,
  ): void {
    const refusal = error instanceof HeadlockError ? error : this.#unexpected(error, call)
    const text = errorText(refusal)
    const seconds = retryAfterOf(refusal)
    const closes = closesAfter(refusal, call)
    // Node then leaves the header out, as it does where `send` removes it.
    if (!closes) call.response.removeHeader('connection')
    const head: Record<string, string | number> = {
      ...headers,
      ...(isOfBody && closes ? { connection: 'close' } : {}),
      ...securityHeaders,
      ...(seconds === null ? {} : { 'retry-after': seconds }),
      'content-type': jsonType,
      'content-length': Buffer.byteLength(text),
    }
    call.response.writeHead(refusal.status, head).end(text)
  }

  /** The same for a call that is refused before it reaches a route. */
  sendRaw(refusal: HeadlockError, response: ServerResponse): void {
    const text = errorText(refusal)
    const seconds = retryAfterOf(refusal)
    if (seconds !== null) response.setHeader('retry-after', seconds)
    response.writeHead(refusal.status, {
      'content-type': jsonType,
      'content-length': Buffer.byteLength(text),
      [rateLimitHeader]: this.#rateLimits.limitOf('rest'),
      ...securityHeaders,
    })
    response.end(text)
  }

  #unexpected(error: unknown, { id: callId, message: { method } }: CallContext): HeadlockError {
    this.#logger.error({ callId, method, err: error }, 'call failed')
    return new HeadlockError('internalError', { callId }, { cause: error })
  }
}

/** Whether the connection ends after a failure in the body: a part of the body is unread, or the caller wants it to end. */
function closesAfter({ errorName }: HeadlockError, { brokenBy, response }: CallContext): boolean {
  return errorName === 'bodyTooLarge' || brokenBy !== null || !response.shouldKeepAlive
}

/** In how many seconds the same call may succeed; null when waiting does not help. */
export function retryAfterOf({ errorName, values }: HeadlockError): number | null {
  if (errorName === 'tooManyWrongTokens') return Number(values['retryAfterSeconds'])
  return passing.has(errorName) ? retryAfterSeconds : null
}

/** Finds the refusal for an error. @returns null when the error is a fault of the server */
function refusalIn(error: unknown, request: FastifyRequest, reply: FastifyReply): HeadlockError | null {
  if (error instanceof HeadlockError) return error
  if (!isMistakeOfCaller(error)) return null
  const { code, message } = error
  // The message of Fastify repeats the whole URL.
  if (code === 'FST_ERR_BAD_URL') {
    const problem = 'a % in it is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8'
    return new HeadlockError('invalidUrl', { problem })
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new HeadlockError('invalidUrl', { problem: 'a part of it is too long' })
  }
  // When no such call exists, nothing else about it matters.
  if (hasNoRoute(request)) return refusalOfMissingRoute(request, reply)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new HeadlockError('invalidContentType', { contentType: request.headers['content-type'] ?? '' })
  }
  return invalidInput(message)
}

/** Maps the errors that Fastify throws before a call reaches our code. */
function isMistakeOfCaller(error: unknown): error is FastifyError {
  if (!(error instanceof Error)) return false
  const { code, statusCode } = error as Partial<FastifyError>
  return code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500
}
