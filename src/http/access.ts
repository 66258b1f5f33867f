import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { HeadlockError } from '../domain/errors.ts'
import type { Access, Store } from '../store/store.ts'
import { type RateLimits, rateLimitHeader } from './rate-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token the call came with. Set on every route that is not open. */
    access: Access
  }
}

/** A token that was revoked stops working after this long at most. */
const rememberedMs = 1000
/** More tokens in one second than anybody has; it only bounds the memory. */
const rememberedTokensMax = 10_000

/**
 * Puts a guard before every route: it demands a token, its right to do this, and the queue's rate (rules 9.3,
 * 9.7), all before a body is read. Closed by default: only a route whose options say `open` answers without a
 * token. Paths that are not there need none either; nothing is behind them.
 */
export function addGuards(app: FastifyInstance, tokens: Tokens, rateLimits: RateLimits): void {
  app.decorateRequest('access')
  app.addHook('onRoute', (route) => {
    const { open, rateClass = 'rest' } = route.config ?? {}
    const limit = rateLimits.limitOf(rateClass)
    route.onRequest = open
      ? (_request, reply, done) => {
          reply.header(rateLimitHeader, limit)
          done()
        }
      : guardOf(
          tokens,
          (access, request) => {
            if (access.readOnly && request.method !== 'GET') return new HeadlockError('readOnlyToken')
            const { queueId = '' } = request.params as { queueId?: string }
            if (!rateLimits.take(rateClass, `${access.userId} ${queueId}`)) {
              return new HeadlockError('rateLimitExceeded', { limit })
            }
            return null
          },
          limit,
        )
  })
}

/** @param judge says why the owner of a valid token may not make this call, or null */
function guardOf(
  tokens: Tokens,
  judge: (access: Access, request: FastifyRequest) => HeadlockError | null,
  limit: string,
): onRequestHookHandler {
  return (request, reply, done) => {
    reply.header(rateLimitHeader, limit)
    const token = tokenOf(request)
    if (token === null) return done(new HeadlockError('tokenNotProvided'))
    // Nearly every call finds its token here, and none of them has to wait for a promise.
    const remembered = tokens.remembered(token)
    if (remembered !== null) return admit(remembered)
    tokens
      .find(token)
      .then((access) => (access === null ? done(new HeadlockError('tokenNotValid')) : admit(access)), done)

    function admit(access: Access): void {
      request.access = access
      done(judge(access, request) ?? undefined)
    }
  }
}

/** Which tokens are valid: asks the store, and remembers its answer for a moment. */
export class Tokens {
  readonly #store: Pick<Store, 'findAccess'>
  readonly #now: () => number
  readonly #remembered = new Map<string, { readonly access: Access; readonly askedAt: number }>()

  /** @param now milliseconds from any beginning */
  constructor(store: Pick<Store, 'findAccess'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** What was found a moment ago; null when the store has to be asked. */
  remembered(token: string): Access | null {
    const entry = this.#remembered.get(token)
    if (entry === undefined) return null
    const age = this.#now() - entry.askedAt
    // Below zero: somebody set the clock back, and nobody knows how old it is.
    return age >= 0 && age < rememberedMs ? entry.access : null
  }

  async find(token: string): Promise<Access | null> {
    const askedAt = this.#now()
    const access = await this.#store.findAccess({ tokenHash: hash('sha256', token, 'hex') })
    if (access !== null) {
      if (this.#remembered.size >= rememberedTokensMax) this.#remembered.clear()
      this.#remembered.set(token, { access, askedAt })
    }
    return access
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
