import type { IncomingMessage, ServerResponse } from 'node:http'
import { rateLimitHeader } from '../rate-limit/rate-limits.ts'

/** Headers that the clients send and that CORS has to allow. Other headers are allowed if the preflight asks for them. */
const usualHeaders = ['Authorization', 'Content-Type', 'Content-Encoding']
const allowedMethods = 'GET, HEAD, POST, PUT, DELETE, OPTIONS'
const exposedHeaders = ['Location', 'Retry-After', 'Allow', rateLimitHeader].join(', ')
/** Two hours: the maximum in Chrome. */
const maxAgeSecs = 7200
/** A list of header names, as browsers write it. */
const headerList = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:\s*,\s*[a-z0-9!#$%&'*+.^_`|~-]+)*$/i
const headerListLengthMax = 2000

/**
 * Allows pages of the configured sites to call the API from a browser. Every answer has the headers for this, including
 * refusals. Cookies are not allowed: a page of another site needs a token.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #isForAll: boolean

  /** @param origins as browsers write them, or `*` for all */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins)
    this.#isForAll = this.#origins.has('*')
  }

  allows(origin: string | undefined): boolean {
    return origin !== undefined && (this.#isForAll || this.#origins.has(origin))
  }

  /** Call this for each call before anything is answered. The headers go with any answer. */
  addHeaders({ method, headers }: IncomingMessage, response: ServerResponse): void {
    const { origin } = headers
    const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    // Also set on answers without CORS headers. Otherwise a cache could give them to an origin that needs the headers.
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
    // Chrome asks for this if a public site calls a server in a private network or on this machine.
    if (headers['access-control-request-private-network'] === 'true') {
      response.setHeader('access-control-allow-private-network', 'true')
    }
  }
}

/** Lists the names, because `*` does not include `Authorization` and older browsers do not know it. */
function headersFor(asked: string | string[] | undefined): string {
  const isList = typeof asked === 'string' && asked.length <= headerListLengthMax && headerList.test(asked)
  const more = isList ? asked.split(/\s*,\s*/) : []
  const usual = usualHeaders.map((name) => name.toLowerCase())
  return [...usualHeaders, ...more.filter((name) => !usual.includes(name.toLowerCase()))].join(', ')
}
