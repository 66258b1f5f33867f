import { hkdfSync, randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isLoopback } from '../../http/browsers/addresses.ts'
import type { BrowserOptions } from '../../http/browsers/browser-options.ts'
import type { Config } from './config.ts'

/**
 * Decides what browsers may do with a server of this configuration. A server on loopback with no proxy in front accepts
 * only loopback names and its own host name. A server with TLS of its own needs no such list: browsers refuse every name
 * that its certificate does not cover.
 */
export async function browserOptions(config: Config): Promise<BrowserOptions> {
  const { host, publicUrl, trustedProxies, tlsCertFile, corsOrigins, noQueryToken, token } = config
  const isAlone = publicUrl === null && trustedProxies === null && tlsCertFile === null
  return {
    hosts: isAlone ? await browserHosts(host) : null,
    corsOrigins,
    noQueryToken,
    signInKey: token === null ? randomBytes(32) : signInKeyOf(token),
  }
}

/**
 * Derives the key for sign-ins from the token. Servers with the same token share their sign-ins. The token cannot be
 * computed from the key.
 */
function signInKeyOf(token: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, '', 'sign-in to the pages of Headlock', 32))
}

/** The host names by which browsers may reach a server that only this machine reaches. Null if other machines reach it too. */
export async function browserHosts(host: string): Promise<readonly string[] | null> {
  return (await isOnLoopback(host)) ? [host] : null
}

/** Also false when the name cannot be resolved. Listening fails then, with an error that says so. */
async function isOnLoopback(host: string): Promise<boolean> {
  try {
    const { address } = await lookup(host, { order: 'ipv4first' })
    return isLoopback(address)
  } catch {
    return false
  }
}
