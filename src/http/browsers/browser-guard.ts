import type { IncomingMessage } from 'node:http'
import { HeadlockError } from '../../domain/errors.ts'
import type { Entrance } from '../entrance.ts'
import { isHealthCheck } from '../routes/health-check.ts'
import type { Cors } from './cors.ts'

/** By which a browser and everything else on this machine reach loopback, with any port; no other site can have them. */
const loopbackName =
  /^(?:localhost|[a-z0-9.-]+\.localhost|127(?:\.\d{1,3}){1,3}|\[(?:::1|(?:0{1,4}:){7}0{0,3}1)\])\.?(?::\d*)?$/i
/** Hosts that were found to be allowed; callers have a few at most. */
const knownHostsMax = 100

/**
 * Refuses what a browser would be made to do by a page of another site: calls across sites, unless CORS allows that site,
 * and calls under a foreign name on loopback, which is how a page reaches a server on the reader's machine after its own
 * name began to mean that machine (DNS rebinding). Whatever is no browser sends no such header and passes.
 */
export class BrowserGuard {
  readonly #hosts: ReadonlySet<string> | null
  readonly #knownHosts = new Set<string>()
  readonly #cors: Cors | null
  readonly #entrance: Entrance

  /**
   * @param hosts names beside those of loopback; null: any name is fine
   */
  constructor(hosts: readonly string[] | null, cors: Cors | null, entrance: Entrance) {
    this.#hosts = hosts === null ? null : new Set(hosts.map((host) => host.toLowerCase()))
    this.#cors = cors
    this.#entrance = entrance
  }

  /** Why the call is not performed; null when it may be. */
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

  /** Where browsers do not say of which site a call is, on plain HTTP, its origin tells it. */
  #isOwnOrigin(message: IncomingMessage): boolean {
    const { origin, host } = message.headers
    if (origin === undefined) return true
    // Behind a proxy that does TLS, of which nobody said anything, the host is all that is known.
    if (host !== undefined && origin.replace(/^https?:\/\//, '') === host) return true
    return origin === new URL(this.#entrance.baseUrlOf({ raw: message })).origin
  }
}

/** OPTIONS does nothing and is answered everywhere (rule 9.9), and who watches the server may do so from anywhere. */
function isHarmless(message: IncomingMessage): boolean {
  return message.method === 'OPTIONS' || isHealthCheck(message)
}

/** Links from other sites lead to pages. A page shows nothing to anybody but its reader, and cannot be framed. */
function isLinkToPage({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    /^\/(?:console\/|docs(?:[/?#]|$))/.test(url!)
  )
}
