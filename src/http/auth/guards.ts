import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Caller, tokenAllows } from '../../domain/caller.ts'
import { HeadlockError } from '../../domain/errors.ts'
import { securityHeadersOf } from '../browsers/security-headers.ts'
import { callOf } from '../call-context.ts'
import { type RateClass, type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import { noRouteNumber, type RouteNumbers } from '../route-numbers.ts'
import type { Tokens } from './tokens.ts'
import type { WrongTokens } from './wrong-tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The owner of the call's token. Set on every route that is not open. */
    readonly caller: Caller
  }
}

/** Finds the caller of the sign-in that came with a call. Null if none came. */
type SignedIn = (call: { readonly raw: IncomingMessage }) => Promise<Caller | null> | null

export interface GuardParts {
  readonly tokens: Tokens
  readonly wrongTokens: WrongTokens
  readonly rateLimits: RateLimits
  /** For pages. */
  readonly signedIn: SignedIn
  /** For calls of the API that the console made. */
  readonly consoleSignedIn: SignedIn
  /** Where each route gets its number. */
  readonly routeNumbers: RouteNumbers
}

/** What the guard reads of a call. */
interface GuardedCall {
  readonly raw: IncomingMessage
  readonly query: unknown
  readonly params: unknown
}

type Refusal = HeadlockError | null

/**
 * Checks the token of a call, its rights and the rate of its queue (rules 9.3, 9.7). Nearly every token is remembered, and the check then
 * makes no promise.
 */
export class Guard {
  readonly #parts: GuardParts

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  /**
   * Sets the caller of the call if it may be made.
   *
   * @param signedIn the sign-in that replaces a token. Default: that of the console
   * @returns why the call is refused; null: it may be made
   */
  refusalOf(
    call: GuardedCall,
    rateClass: RateClass,
    signedIn: SignedIn = this.#parts.consoleSignedIn,
  ): Refusal | Promise<Refusal> {
    const { tokens, wrongTokens } = this.#parts
    const token = tokenOf(call)
    if (token === null) {
      const signIn = signedIn(call)
      if (signIn === null) return new HeadlockError('tokenNotProvided')
      // The token of the sign-in may have been revoked.
      return signIn.then((caller) =>
        caller === null ? new HeadlockError('tokenNotProvided') : this.#admit(call, caller, rateClass),
      )
    }
    const remembered = tokens.remembered(token)
    if (remembered !== null) return this.#admit(call, remembered, rateClass)
    return tokens
      .find(token)
      .then((caller) =>
        caller === null ? wrongTokens.refusalOf(call.raw) : this.#admit(call, caller, rateClass),
      )
  }

  /** Whether the token or sign-in of a call that goes on for long still counts (15.3). */
  async isStillAllowed(call: Omit<GuardedCall, 'params'>): Promise<boolean> {
    const { tokens, consoleSignedIn } = this.#parts
    const token = tokenOf(call)
    if (token === null) return (await consoleSignedIn(call)) !== null
    return (tokens.remembered(token) ?? (await tokens.find(token))) !== null
  }

  #admit(call: GuardedCall, caller: Caller, rateClass: RateClass): Refusal | Promise<Refusal> {
    const { raw, params } = call
    const { rateLimits } = this.#parts
    callOf(raw).caller = caller
    if (!tokenAllows(caller, raw.method === 'GET' ? 'read' : 'write'))
      return new HeadlockError('readOnlyToken')
    const { queueId = '' } = params as { queueId?: string }
    const taken = rateLimits.take(rateClass, caller.userId, queueId)
    if (taken === true) return null
    const refused = () => new HeadlockError('rateLimitExceeded', { limit: rateLimits.limitOf(rateClass) })
    return taken === false ? refused() : taken.then((isTaken) => (isTaken ? null : refused()))
  }
}

/** The headers of every answer of a route. */
export function headersOf(
  method: string | readonly string[],
  rateClass: RateClass,
  rateLimits: RateLimits,
): Readonly<Record<string, string>> {
  return { [rateLimitHeader]: rateLimits.limitOf(rateClass), ...securityHeadersOf(method) }
}

/**
 * Adds the guard to every route of Fastify, before a body is read. Only routes with the option `open` or `signIn` answer without a
 * token. A sign-in counts on pages (page-route.ts) and for calls of the console (console-call.ts) only. Unknown paths need no token, because there is nothing to protect.
 */
export function addGuards(
  app: FastifyInstance,
  guard: Guard,
  { rateLimits, signedIn, routeNumbers }: GuardParts,
): void {
  app.decorateRequest('caller', {
    getter() {
      return callOf(this.raw).caller!
    },
  })
  app.addHook('onRoute', (route) => {
    const { open, signIn, page, noRoute, rateClass = 'rest' } = route.config ?? {}
    const headers = headersOf(route.method, rateClass, rateLimits)
    const isGuarded = !open && !signIn
    const routeNumber = noRoute ? noRouteNumber : routeNumbers.of(route.method, route.url)
    route.onRequest = (request, reply, done) => {
      callOf(request.raw).routeNumber = routeNumber
      reply.headers(headers)
      const refusal = isGuarded ? guard.refusalOf(request, rateClass, page ? signedIn : undefined) : null
      if (refusal instanceof Promise) refusal.then((late) => done(late ?? undefined), done)
      else done(refusal ?? undefined)
    }
  })
}

/** `Authorization: Bearer TOKEN`, or else `?token=TOKEN`. */
function tokenOf({ raw, query }: Omit<GuardedCall, 'params'>): string | null {
  const { authorization } = raw.headers
  if (authorization !== undefined) {
    const match = /^bearer +(\S+) *$/i.exec(authorization)
    if (match !== null) return match[1]!
  }
  const { token } = query as { token?: string | string[] }
  const given = Array.isArray(token) ? token[0] : token
  return given || null
}
