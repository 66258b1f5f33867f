import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { Networks, plainAddress } from './browsers/addresses.ts'

export interface EntranceOptions {
  /** The base URL for links in answers. Null: the URL by which the caller reached the server. */
  readonly publicUrl: string | null
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are trusted. Null: none. */
  readonly trustedProxies?: readonly string[] | null | undefined
}

/**
 * Finds out by which URL a call reached this server, and from which address it came. Any caller can send `X-Forwarded-Proto`,
 * `-Host` and `-For`, so they count only if a trusted proxy sent them.
 */
export class Entrance {
  readonly #publicUrl: string | null
  readonly #proxies: Networks | null

  constructor({ publicUrl, trustedProxies = null }: EntranceOptions) {
    this.#publicUrl = publicUrl === null ? null : publicUrl.replace(/\/+$/, '')
    this.#proxies = trustedProxies === null ? null : new Networks(trustedProxies)
  }

  /** The URL by which the caller reaches this server, without a slash at the end. */
  baseUrlOf({ raw: { socket, headers } }: Pick<FastifyRequest, 'raw'>): string {
    if (this.#publicUrl !== null) return this.#publicUrl
    const forwarded = this.#isTrusted(socket.remoteAddress) ? headers : {}
    const protocol = forwardedProtocol(forwarded) ?? ('encrypted' in socket ? 'https' : 'http')
    const { host = '' } = headers
    return `${protocol}://${forwardedHost(forwarded) ?? (plainHost.test(host) ? host : ownHost(socket))}`
  }

  /**
   * The address of the caller. Behind trusted proxies, this is the last address in `X-Forwarded-For` that is not a trusted proxy.
   * The caller may have made up the addresses before it.
   */
  callerOf({ socket, headers }: IncomingMessage): string {
    const peer = plainAddress(socket.remoteAddress ?? '')
    if (!this.#isTrusted(peer)) return peer
    let caller = peer
    for (const hop of listOf(headers['x-forwarded-for']).reverse()) {
      const address = addressIn(hop)
      if (address === null) return caller
      caller = address
      if (!this.#isTrusted(address)) return caller
    }
    return caller
  }

  #isTrusted(address: string | undefined): boolean {
    return this.#proxies !== null && address !== undefined && this.#proxies.has(address)
  }
}

/** A name or an address, with or without a port. A user name does not match, since it may be a token. */
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

type Headers = IncomingMessage['headers']

/** If there are several proxies, the first one knows which protocol the caller used. */
function forwardedProtocol(headers: Headers): string | null {
  const protocol = listOf(headers['x-forwarded-proto'])[0]?.toLowerCase()
  return protocol === 'http' || protocol === 'https' ? protocol : null
}

function forwardedHost(headers: Headers): string | null {
  const host = listOf(headers['x-forwarded-host'])[0]
  return host !== undefined && plainHost.test(host) ? host : null
}

function ownHost({ localAddress = '', localPort }: Socket): string {
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}

function listOf(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

/** Some proxies add the port. */
function addressIn(hop: string): string | null {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\](?::\d+)?|([\d.]+)(?::\d+)?)$/i.exec(hop) ?? []
  const address = plainAddress(bracketed ?? plain ?? hop)
  return anyAddress.has(address) ? address : null
}

const anyAddress = new Networks(['0.0.0.0/0', '::/0'])
