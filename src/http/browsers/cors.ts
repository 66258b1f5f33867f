import type { IncomingMessage, ServerResponse } from 'node:http'
import { rateLimitHeader } from '../rate-limit/rate-limits.ts'

/** What the clients send, and what a browser counts as no simple header. Others are allowed as they are asked for. */
const usualHeaders = ['Authorization', 'Content-Type', 'Content-Encoding']
const allowedMethods = 'GET, HEAD, POST, PUT, DELETE, OPTIONS'
const exposedHeaders = ['Location', 'Retry-After', 'Allow', rateLimitHeader].join(', ')
/** Two hours: the longest that Chrome believes. */
const maxAgeSecs = 7200
/** A list of names, as a browser writes it. */
const headerList = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:\s*,\s*[a-z0-9!#$%&'*+.^_`|~-]+)*$/i
const headerListLengthMax = 2000

/**
 * Lets pages of the sites that the operator named call the API from a browser, and tells the browser so on every answer,
 * failures included. Cookies are no part of it: a page of another site has to have a token.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #isForAll: boolean

  /** @param origins as a browser writes them, `*` for all */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins)
    this.#isForAll = this.#origins.has('*')
  }

  allows(origin: string | undefined): boolean {
    return origin !== undefined && (this.#isForAll || this.#origins.has(origin))
  }

  /** Has to be told of each call before anything is answered: the headers go with whatever that will be. */
  addHeaders({ method, headers }: IncomingMessage, response: ServerResponse): void {
    const { origin } = headers
    const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    // Also where the answer has none: a cache must not give it to an origin that would get them.
    const varies = [
      ...(this.#isForAll ? [] : ['Origin']),
      ...(isPreflight ? ['Access-Control-Request-Headers', 'Access-Control-Request-Private-Network'] : []),
    ]
    if (varies.length > 0) response.setHeader('vary', varies.join(', '))
    if (!this.allows(origin)) return
    response.setHeader('access-control-allow-origin', this.#isForAll ? '*' : origin!)
    if (!isPreflight) {
      response.setHeader('access-control-expose-headers', exposedHeaders)
      return
    }
    response.setHeader('access-control-allow-methods', allowedMethods)
    response.setHeader('access-control-allow-headers', headersFor(headers['access-control-request-headers']))
    response.setHeader('access-control-max-age', maxAgeSecs)
    // Chrome asks for it where a public site calls a server in a private network, or on this machine.
    if (headers['access-control-request-private-network'] === 'true') {
      response.setHeader('access-control-allow-private-network', 'true')
    }
  }
}

/** An asterisk would not stand for `Authorization`, and says nothing to older browsers. */
function headersFor(asked: string | string[] | undefined): string {
  const isList = typeof asked === 'string' && asked.length <= headerListLengthMax && headerList.test(asked)
  const more = isList ? asked.split(/\s*,\s*/) : []
  const usual = usualHeaders.map((name) => name.toLowerCase())
  return [...usualHeaders, ...more.filter((name) => !usual.includes(name.toLowerCase()))].join(', ')
}
