import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { Networks, plainAddress } from './browsers/addresses.ts'

export interface EntranceOptions {
  /** The base URL that answers name; null: what the caller reached the server by. */
  readonly publicUrl: string | null
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are believed; null: of nobody. */
  readonly trustedProxies?: readonly string[] | null | undefined
}

/**
 * The way a call came in: by which address it reached this server, and who made it. `X-Forwarded-Proto`, `-Host` and `-For` count
 * when they come from a trusted proxy, and from nobody else: every caller can write them.
 */
export class Entrance {
  readonly #publicUrl: string | null
  readonly #proxies: Networks | null

  constructor({ publicUrl, trustedProxies = null }: EntranceOptions) {
    this.#publicUrl = publicUrl === null ? null : publicUrl.replace(/\/+$/, '')
    this.#proxies = trustedProxies === null ? null : new Networks(trustedProxies)
  }

  /** Where the caller reaches this server, without a slash at the end. */
  baseUrlOf({ raw: { socket, headers } }: Pick<FastifyRequest, 'raw'>): string {
    if (this.#publicUrl !== null) return this.#publicUrl
    const forwarded = this.#isTrusted(socket.remoteAddress) ? headers : {}
    const protocol = forwardedProtocol(forwarded) ?? ('encrypted' in socket ? 'https' : 'http')
    const { host = '' } = headers
    return `${protocol}://${forwardedHost(forwarded) ?? (plainHost.test(host) ? host : ownHost(socket))}`
  }

  /**
   * The address of the caller. Behind trusted proxies it is the last one of `X-Forwarded-For` that is none of theirs: what stands
   * before it the caller may have written.
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

/** A name or an address, with a port or without: no user, which may be a token, and nothing else. */
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

type Headers = IncomingMessage['headers']

/** Of several proxies the first one says what the caller sees. */
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
