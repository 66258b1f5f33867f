import { hkdfSync, randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isLoopback } from '../../http/browsers/addresses.ts'
import type { BrowserOptions } from '../../http/browsers/browser-options.ts'
import type { Config } from './config.ts'

/**
 * What browsers may do with a server of this configuration. Where it listens on loopback alone, with no proxy in front, it is
 * called by names of loopback and by its own. With TLS of its own, browsers call it by no name that its certificate is not for.
 */
export async function browserOptions(config: Config): Promise<BrowserOptions> {
  const { host, publicUrl, trustedProxies, tlsCertFile, corsOrigins, noQueryToken, token } = config
  const isAlone = publicUrl === null && trustedProxies === null && tlsCertFile === null
  return {
    hosts: isAlone && (await isOnLoopback(host)) ? [host] : null,
    corsOrigins,
    noQueryToken,
    signInKey: token === null ? randomBytes(32) : signInKeyOf(token),
  }
}

/** Servers that are given the same token share their sign-ins. Nobody learns the token from what is made with the key. */
function signInKeyOf(token: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, '', 'sign-in to the pages of Headlock', 32))
}

/** False too where the name leads nowhere: nothing will listen then, which says why. */
async function isOnLoopback(host: string): Promise<boolean> {
  try {
    const { address } = await lookup(host, { order: 'ipv4first' })
    return isLoopback(address)
  } catch {
    return false
  }
}
