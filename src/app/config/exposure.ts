import { lookup } from 'node:dns/promises'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Logger } from 'pino'
import { isLoopback, Networks, privateNetworks } from '../../http/browsers/addresses.ts'
import { localHost, urlOn } from '../threads/listen.ts'
import { isFor, namesOf, type Tls } from '../tls/tls.ts'
import { type Config, ConfigError } from './config.ts'

/** Where other machines reach a server, and what protects its calls on the way. */
export interface Exposure {
  /** Who does TLS: the server, a proxy in front, or nobody; null: only this machine reaches it, so nothing has to be said. */
  readonly protection: 'tls' | 'proxy' | 'none' | null
  /** The addresses of this machine on which it is reached, the one that others are most likely to use first. */
  readonly addresses: readonly Reachable[]
}

export interface Reachable {
  readonly address: string
  /** As the system calls the way there: `eth0`. */
  readonly interfaceName: string
  /** Not of a private network: all of the Internet may reach it. */
  readonly isPublic: boolean
}

/**
 * Looks at who reaches the address that the server is to listen on.
 *
 * @throws ConfigError when other machines do, and nobody said what protects the tokens on the way
 */
export async function exposureOf(
  config: Pick<Config, 'host' | 'publicUrl' | 'trustedProxies' | 'insecureHttp'>,
  tls: Tls | null = null,
): Promise<Exposure> {
  const { host, publicUrl, trustedProxies, insecureHttp } = config
  // A name that leads nowhere: to listen will fail, and says why.
  const address = await lookup(host, { order: 'ipv4first' }).then(
    (found) => found.address,
    () => null,
  )
  if (address === null || isLoopback(address)) return { protection: null, addresses: [] }
  const addresses = reachableOn(address, networkInterfaces())
  if (tls !== null) return { protection: 'tls', addresses }
  if (trustedProxies !== null || publicUrl?.startsWith('https:')) return { protection: 'proxy', addresses }
  if (insecureHttp) return { protection: 'none', addresses }
  throw new ConfigError([
    {
      problem:
        `Other machines reach the host ${host} (--host, HEADLOCK_HOST), and plain HTTP shows tokens and requests to ` +
        'everybody on the way.',
      advice: `Say what protects them:\n${protections}\nWithout --host only this machine reaches the server.`,
    },
  ])
}

/**
 * The base URL for clients: where it listens everywhere, an address of this machine that others reach too, so that a line
 * that was copied works on another machine; and with TLS, one that the certificate is for.
 */
export function ownUrl(host: string, port: number, { addresses }: Exposure, tls: Tls | null = null): string {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const hosts = isEverywhere ? addresses.map(({ address }) => address) : []
  const found = hosts[0] ?? localHost(host)
  if (tls === null) return urlOn(found, port)
  const certified = [...hosts, localHost(host), ...(isLoopback(found) ? ['localhost'] : []), ...namesOf(tls)]
  return urlOn(certified.find((name) => isFor(tls, name)) ?? found, port, 'https')
}

/** Leaves a warning in the log where tokens pass by in plain HTTP. */
export function tellExposure(
  { protection, addresses }: Exposure,
  port: number,
  logger: Pick<Logger, 'warn'>,
): void {
  if (protection === null || protection === 'tls') return
  const reachedAt = addresses.map(({ address }) => urlOn(address, port))
  const who =
    protection === 'proxy'
      ? 'only the proxy in front ought to reach it'
      : 'everybody on the way can read the tokens'
  logger.warn({ reachedAt }, `other machines reach this server by plain HTTP: ${who}`)
}

const protections = [
  '  --tls-cert FILE --tls-key FILE  the server does TLS itself, with this certificate and its private key',
  '  --public-url https://…          a proxy in front does TLS, and clients reach it there',
  '  --trust-proxy                   a proxy in front does TLS, and says with X-Forwarded-* how it was reached',
  '  --insecure-http                 nothing: for a network in which you trust everybody',
].join('\n')

/** What has an address of its own for others on this machine: containers, virtual machines, tunnels. */
const virtualName = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali|utun|tun|tap|wg|zt)/

/**
 * @param address where the server listens; `0.0.0.0` is all of IPv4, `::` everything
 * @param interfaces those of this machine, as the system lists them
 */
export function reachableOn(
  address: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): Reachable[] {
  const privates = new Networks([...privateNetworks, '169.254.0.0/16', '100.64.0.0/10', 'fe80::/10'])
  const all = Object.entries(interfaces).flatMap(([interfaceName, infos = []]) =>
    infos.map((info) => ({ interfaceName, isPublic: !privates.has(info.address), ...info })),
  )
  const isMeant = ({ address: own, family, internal }: (typeof all)[number]) => {
    if (address === '0.0.0.0') return family === 'IPv4' && !internal
    // An address of one link has to be called with the name that its interface has on the caller's side.
    if (address === '::') return !internal && !own.startsWith('fe80:')
    return own === address
  }
  const rank = ({ interfaceName, family }: (typeof all)[number]) =>
    (virtualName.test(interfaceName) ? 2 : 0) + (family === 'IPv4' ? 0 : 1)
  return all
    .filter(isMeant)
    .sort((a, b) => rank(a) - rank(b))
    .map(({ address: own, interfaceName, isPublic }) => ({ address: own, interfaceName, isPublic }))
}
