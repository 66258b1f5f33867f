/** Adds the pages for people. Each page is shown to readers who have signed in, and asks others for a token. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Caller } from '../../domain/caller.ts'
import { HeadlockError } from '../../domain/errors.ts'
import { tokenHashOf } from '../../domain/token.ts'
import type { Store } from '../../store/store.ts'
import type { App } from '../app.ts'
import type { SignIns } from '../auth/sign-in.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { WrongTokens } from '../auth/wrong-tokens.ts'
import type { Entrance } from '../entrance.ts'
import { retryAfterOf } from '../errors/errors.ts'
import { pageBytesMax, shortAnswerBytesMax } from '../overload/answer-size.ts'
import { pageHeaders } from './page.ts'
import { signInHtml } from './sign-in-html.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route is a page for people. Only there, a sign-in replaces a token. */
    readonly page?: true
    /** Whether the route turns a token into a sign-in. It needs no token of its own. */
    readonly signIn?: true
  }
}

export interface PageParts {
  readonly path: string
  readonly params?: TSchema
  /** The page as HTML. */
  show(request: FastifyRequest): Promise<string>
  /** What a browser gets in place of the page; null: the page. It is for readers without a sign-in too. */
  inBrowser?(request: FastifyRequest, reply: FastifyReply): FastifyReply | null
  /** The page for a failure; null: the answer is the same as for a call of the API. */
  failure?(error: HeadlockError, request: FastifyRequest): string | null
}

/**
 * Adds pages, each with a sign-in form. GET shows the page. POST takes a token, sets the cookie of a sign-in, and redirects to
 * GET. A token in the URL is removed in the same way, because histories, bookmarks and logs keep URLs.
 */
export class PageRoutes {
  readonly #app: App
  readonly #signIns: SignIns
  readonly #tokens: Tokens
  readonly #wrongTokens: WrongTokens
  readonly #entrance: Entrance

  constructor(app: App, signIns: SignIns, tokens: Tokens, wrongTokens: WrongTokens, entrance: Entrance) {
    this.#app = app
    this.#signIns = signIns
    this.#tokens = tokens
    this.#wrongTokens = wrongTokens
    this.#entrance = entrance
  }

  add({ path, params, show, inBrowser, failure }: PageParts): void {
    const schema = { hide: true, ...(params === undefined ? {} : { params }) }
    const errorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      if (!(error instanceof HeadlockError)) throw error
      const instead = request.method === 'GET' ? inBrowser?.(request, reply) : null
      if (instead != null) return instead
      const wasWrong = error.errorName === 'tokenNotValid' || error.errorName === 'tooManyWrongTokens'
      const asks = wasWrong || error.errorName === 'tokenNotProvided'
      const text = asks ? signInHtml(request.raw, wasWrong) : failure?.(error, request)
      if (text == null) throw error
      const seconds = retryAfterOf(error)
      if (seconds !== null) reply.header('retry-after', seconds)
      return reply.code(error.status).headers(pageHeaders).send(text)
    }
    this.#app.get(path, {
      schema,
      errorHandler,
      config: { page: true, answerBytesMax: pageBytesMax },
      handler: async (request, reply) => {
        const token = tokenInAddress(request)
        if (token !== null) return this.#leadBack(token, request, reply)
        const instead = inBrowser?.(request, reply)
        if (instead != null) return instead
        reply.headers(pageHeaders)
        return show(request)
      },
    })
    this.#app.post(path, {
      schema,
      errorHandler,
      config: { signIn: true, form: true, answerBytesMax: shortAnswerBytesMax },
      handler: async (request, reply) => {
        const fields = request.body as URLSearchParams | undefined
        const token = fields?.get('token')?.trim()
        if (!token) throw new HeadlockError('tokenNotProvided')
        const caller = this.#tokens.remembered(token) ?? (await this.#tokens.find(token))
        if (caller === null) throw this.#wrongTokens.refusalOf(request.raw)
        return this.#leadBack(token, request, reply)
      },
    })
  }

  /** Redirects to the path of the same page, and sets the cookie of a sign-in. */
  #leadBack(token: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.raw.url!.split(/[?#]/, 1)[0]!
    const { 'content-type': _, ...headers } = pageHeaders
    return (
      reply
        .code(303)
        .headers(headers)
        .header('set-cookie', this.#signIns.cookiesFor(tokenHashOf(token), request.raw, this.#entrance))
        // A relative URL keeps what a proxy has put before the path.
        .header('location', `./${path.slice(path.lastIndexOf('/') + 1)}`)
        .send()
    )
  }
}

/** Finds the user whose sign-in came with a call, for the guard of pages. */
export function signedIn(
  signIns: SignIns,
  store: Pick<Store, 'findCaller'>,
): (call: Pick<FastifyRequest, 'raw'>) => Promise<Caller | null> | null {
  return ({ raw }) => {
    const tokenHash = signIns.tokenHashIn(raw)
    // Checked in the store each time, so that a sign-in ends at once with its token. Few calls are for pages.
    return tokenHash === null ? null : store.findCaller({ tokenHash })
  }
}

/** The valid token in the URL, if there is one. */
function tokenInAddress({ raw, query }: FastifyRequest): string | null {
  if (/^bearer +\S/i.test(raw.headers.authorization ?? '')) return null
  return [(query as { token?: string | string[] }).token].flat()[0] || null
}
