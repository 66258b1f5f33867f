/** IP addresses: which are private, and which count as one caller. */
import { BlockList, isIP } from 'node:net'

/** Networks that cannot be reached from the Internet, including loopback. */
export const privateNetworks: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
]

/** Addresses and networks, each written as `10.0.0.5` or `10.0.0.0/8`. */
export class Networks {
  readonly #list = new BlockList()

  /** @param entries texts that pass `isNetwork` */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address, prefix] = partsOf(entry)
      if (prefix === undefined) this.#list.addAddress(address, familyOf(address))
      else this.#list.addSubnet(address, prefix, familyOf(address))
    }
  }

  /** Whether the address is in one of the networks. False if the text is not an address. */
  has(address: string): boolean {
    const plain = plainAddress(address)
    return isIP(plain) !== 0 && this.#list.check(plain, familyOf(plain))
  }
}

/** Whether the text is an address, or a network with a prefix length. */
export function isNetwork(text: string): boolean {
  if (!/^[0-9a-f.:]+(\/\d{1,3})?$/i.test(text)) return false
  const [address, prefix] = partsOf(text)
  const family = isIP(address)
  return family !== 0 && (prefix === undefined || prefix <= (family === 4 ? 32 : 128))
}

/** Whether a server that listens on this address can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return loopback.has(address)
}

/** Turns an IPv4-mapped IPv6 address into the IPv4 address. Removes the zone, which only this machine knows. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '')
}

/**
 * The address or network that counts as one caller: an IPv4 address, or a /64 network of IPv6. A machine or a household
 * usually gets a whole /64 network and can use any address in it.
 */
export function callerNetwork(address: string): string {
  const plain = plainAddress(address)
  return isIP(plain) === 6 ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain
}

const loopback = new Networks(['127.0.0.0/8', '::1'])

function partsOf(network: string): [address: string, prefix: number | undefined] {
  const [address = '', prefix] = network.split('/')
  return [address, prefix === undefined ? undefined : Number(prefix)]
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The eight groups of an IPv6 address, in lower case and without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::').map(hexGroups)
  if (tail === undefined) return head as string[]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail]
}

function hexGroups(part: string): string[] {
  return part.split(':').flatMap((group) => {
    if (group === '') return []
    if (!group.includes('.')) return [Number.parseInt(group, 16).toString(16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)]
  })
}
