import type { IncomingMessage } from 'node:http'
import { HeadlockError } from '../../domain/errors.ts'
import type { Entrance } from '../entrance.ts'
import { isHealthCheck } from '../routes/server/health-check.ts'
import type { Cors } from './cors.ts'
import { namesOwnOrigin } from './own-origin.ts'

/** Host names and addresses for loopback, with any port. No other site can have them. */
const loopbackName =
  /^(?:localhost|[a-z0-9.-]+\.localhost|127(?:\.\d{1,3}){1,3}|\[(?:::1|(?:0{1,4}:){7}0{0,3}1)\])\.?(?::\d*)?$/i
/** Bounds the remembered allowed hosts. Callers use a few at most. */
const knownHostsMax = 100

/**
 * Refuses calls that a page of another site made a browser send, unless CORS allows that site. Also refuses calls with a
 * foreign host name: in a DNS rebinding attack, a page changes the address of its own name to this machine and so reaches
 * the server. Clients that are not browsers do not send `Sec-Fetch-Site` or `Origin`, so they pass the first check.
 */
export class BrowserGuard {
  readonly #hosts: ReadonlySet<string> | null
  readonly #knownHosts = new Set<string>()
  readonly #cors: Cors | null
  readonly #entrance: Entrance

  /** @param hosts allowed host names in addition to those of loopback. Null allows any name */
  constructor(hosts: readonly string[] | null, cors: Cors | null, entrance: Entrance) {
    this.#hosts = hosts === null ? null : new Set(hosts.map((host) => host.toLowerCase()))
    this.#cors = cors
    this.#entrance = entrance
  }

  /** The refusal of the call. Null if it is allowed. */
  refusalOf(message: IncomingMessage): HeadlockError | null {
    const { headers } = message
    const { host } = headers
    if (this.#hosts !== null && host && !this.#isOwnHost(host)) {
      return isHarmless(message) ? null : new HeadlockError('hostNotAllowed')
    }
    const site = headers['sec-fetch-site']
    if (site === undefined ? this.#isOwnOrigin(message) : site === 'same-origin' || site === 'none')
      return null
    if (this.#cors?.allows(headers.origin) || isHarmless(message) || isLinkToPage(message)) return null
    return new HeadlockError('crossSiteCall')
  }

  #isOwnHost(host: string): boolean {
    if (this.#knownHosts.has(host)) return true
    const isOwn = loopbackName.test(host) || this.#hosts!.has(host.replace(/:\d*$/, '').toLowerCase())
    if (isOwn && this.#knownHosts.size < knownHostsMax) this.#knownHosts.add(host)
    return isOwn
  }

  /** On plain HTTP, browsers do not send `Sec-Fetch-Site`. The origin is checked instead. */
  #isOwnOrigin(message: IncomingMessage): boolean {
    return message.headers.origin === undefined || namesOwnOrigin(message, this.#entrance)
  }
}

/** OPTIONS does nothing and is answered everywhere (rule 9.9). Health checks may come from anywhere. */
function isHarmless(message: IncomingMessage): boolean {
  return message.method === 'OPTIONS' || isHealthCheck(message)
}

/** Other sites may link to the pages. Only the reader sees the page, because it cannot be framed. */
function isLinkToPage({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    /^\/(?:(?:console|docs)(?:[/?#]|$)|[?#]|$)/.test(url!)
  )
}
