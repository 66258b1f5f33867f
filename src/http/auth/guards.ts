import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type Caller, tokenAllows } from '../../domain/caller.ts'
import { HeadlockError } from '../../domain/errors.ts'
import { securityHeadersOf } from '../browsers/security-headers.ts'
import { callOf } from '../call-context.ts'
import { type RateClass, type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import type { Tokens } from './tokens.ts'
import type { WrongTokens } from './wrong-tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The owner of the call's token. Set on every route that is not open. */
    readonly caller: Caller
  }
}

/** Finds the caller of the sign-in that came with a call. Null if none came. */
type SignedIn = (request: FastifyRequest) => Promise<Caller | null> | null

export interface GuardParts {
  readonly tokens: Tokens
  readonly wrongTokens: WrongTokens
  readonly rateLimits: RateLimits
  readonly signedIn: SignedIn
}

/**
 * Adds a guard to every route. Before a body is read, the guard checks the token, its rights and the rate of the queue (rules 9.3,
 * 9.7). Only routes with the option `open` or `signIn` answer without a token. A sign-in (page-route.ts) counts on pages only.
 * Unknown paths need no token, because there is nothing to protect.
 */
export function addGuards(app: FastifyInstance, parts: GuardParts): void {
  const { rateLimits, signedIn } = parts
  app.decorateRequest('caller', {
    getter() {
      return callOf(this.raw).caller!
    },
  })
  app.addHook('onRoute', (route) => {
    const { open, signIn, page, rateClass = 'rest' } = route.config ?? {}
    const headers = { [rateLimitHeader]: rateLimits.limitOf(rateClass), ...securityHeadersOf(route.method) }
    route.onRequest =
      open || signIn
        ? (_request, reply, done) => {
            reply.headers(headers)
            done()
          }
        : guardOf(parts, rateClass, headers, page ? signedIn : null)
  })
}

function guardOf(
  { tokens, wrongTokens, rateLimits }: GuardParts,
  rateClass: RateClass,
  headers: Readonly<Record<string, string>>,
  signedIn: SignedIn | null,
): onRequestHookHandler {
  const limit = rateLimits.limitOf(rateClass)
  return (request, reply, done) => {
    reply.headers(headers)
    const token = tokenOf(request)
    if (token === null) {
      const signIn = signedIn?.(request) ?? null
      if (signIn === null) return done(new HeadlockError('tokenNotProvided'))
      // The token of the sign-in may have been revoked.
      signIn.then(
        (caller) => (caller === null ? done(new HeadlockError('tokenNotProvided')) : admit(caller)),
        done,
      )
      return
    }
    // This finds the token of nearly every call, and avoids a promise.
    const remembered = tokens.remembered(token)
    if (remembered !== null) return admit(remembered)
    tokens
      .find(token)
      .then((caller) => (caller === null ? done(wrongTokens.refusalOf(request.raw)) : admit(caller)), done)

    function admit(caller: Caller): void {
      callOf(request.raw).caller = caller
      if (!tokenAllows(caller, request.method === 'GET' ? 'read' : 'write')) {
        done(new HeadlockError('readOnlyToken'))
        return
      }
      const { queueId = '' } = request.params as { queueId?: string }
      const taken = rateLimits.take(rateClass, caller.userId, queueId)
      if (typeof taken === 'boolean') pass(taken)
      else taken.then(pass, done)
    }

    function pass(taken: boolean): void {
      done(taken ? undefined : new HeadlockError('rateLimitExceeded', { limit }))
    }
  }
}

/** `Authorization: Bearer TOKEN`, or else `?token=TOKEN`. */
function tokenOf(request: FastifyRequest): string | null {
  const { authorization } = request.raw.headers
  if (authorization !== undefined) {
    const match = /^bearer +(\S+) *$/i.exec(authorization)
    if (match !== null) return match[1]!
  }
  const { token } = request.query as { token?: string | string[] }
  const given = Array.isArray(token) ? token[0] : token
  return given || null
}
