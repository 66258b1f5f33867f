import { lookup } from 'node:dns/promises'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Logger } from 'pino'
import { isLoopback, Networks, privateNetworks } from '../../http/browsers/addresses.ts'
import { localHost, urlOn } from '../threads/listen.ts'
import { isFor, namesOf, type Tls } from '../tls/tls.ts'
import { type Config, ConfigError } from './config.ts'

/** How other machines reach a server, and what protects its calls on the way. */
export interface Exposure {
  /** Who does TLS: the server, a proxy in front of it, or nobody. Null: only this machine reaches the server. */
  readonly protection: 'tls' | 'proxy' | 'none' | null
  /** The addresses of this machine on which the server is reached. The first one is the most likely to be used. */
  readonly addresses: readonly Reachable[]
}

export interface Reachable {
  readonly address: string
  /** The name that the system gives to the interface: `eth0`. */
  readonly interfaceName: string
  /** Whether the address is outside all private networks, so that the whole Internet may reach it. */
  readonly isPublic: boolean
}

/**
 * Finds out which machines can reach the address that the server will listen on.
 *
 * @throws ConfigError when other machines can, and no setting says what protects the tokens on the way
 */
export async function exposureOf(
  config: Pick<Config, 'host' | 'publicUrl' | 'trustedProxies' | 'insecureHttp'>,
  tls: Tls | null = null,
): Promise<Exposure> {
  const { host, publicUrl, trustedProxies, insecureHttp } = config
  // When the name cannot be resolved, listening fails later, with an error that says so.
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
        `Other machines can reach the server on ${host} (--host, HEADLOCK_HOST), and everybody on the way can read tokens ` +
        'and requests in plain HTTP.',
      advice: `Choose what protects them:\n${protections}\nWithout --host, only this machine can reach the server.`,
    },
  ])
}

/**
 * Chooses the base URL for clients. For a server that listens on all addresses it is one that other machines reach too, so
 * that a copied line also works there. With TLS it is a name or address that the certificate covers.
 */
export function ownUrl(host: string, port: number, { addresses }: Exposure, tls: Tls | null = null): string {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const hosts = isEverywhere ? addresses.map(({ address }) => address) : []
  const found = hosts[0] ?? localHost(host)
  if (tls === null) return urlOn(found, port)
  const certified = [...hosts, localHost(host), ...(isLoopback(found) ? ['localhost'] : []), ...namesOf(tls)]
  return urlOn(certified.find((name) => isFor(tls, name)) ?? found, port, 'https')
}

/** Logs a warning when tokens travel in plain HTTP. */
export function logExposure(
  { protection, addresses }: Exposure,
  port: number,
  logger: Pick<Logger, 'warn'>,
): void {
  if (protection === null || protection === 'tls') return
  const reachedAt = addresses.map(({ address }) => urlOn(address, port))
  const who =
    protection === 'proxy'
      ? 'make sure that only the proxy can reach it'
      : 'everybody on the way can read the tokens'
  logger.warn({ reachedAt }, `other machines reach this server by plain HTTP: ${who}`)
}

const protections = [
  '  --tls-cert FILE --tls-key FILE  The server does TLS itself, with this certificate and its private key.',
  '  --public-url https://…          A proxy in front does TLS. Clients use this URL.',
  '  --trust-proxy                   A proxy in front does TLS, and sends X-Forwarded-* headers.',
  '  --insecure-http                 Nothing protects them. Only for a network in which you trust everybody.',
].join('\n')

/** Names of interfaces that belong to containers, virtual machines and tunnels on this machine. */
const virtualName = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali|utun|tun|tap|wg|zt)/

/**
 * Lists the addresses on which a server is reached, real interfaces before virtual ones, IPv4 before IPv6.
 *
 * @param address where the server listens; `0.0.0.0` means all IPv4 addresses, `::` means all addresses
 * @param interfaces the interfaces of this machine, as the system lists them
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
    // A link-local address works only together with the name of the caller's own interface.
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
