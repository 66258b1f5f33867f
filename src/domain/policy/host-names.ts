import { getDomain as domainOf } from 'tldts'

/** The characters of a name in the DNS. Longer names lead nowhere, but the URL standard takes them. */
export const longestHostLength = 253

/**
 * The URLs that need no full parser: a plain name, whose last label begins with a letter (so it is no IPv4
 * address), an optional port, and then a path or nothing. A label like `xn--` has rules of its own.
 */
const plainUrl = /^https?:\/\/((?:[a-z\d_-]{1,63}\.){0,126}[a-z][a-z\d_-]{0,62})(?::\d{1,5})?(?:[/?#]|$)/

/**
 * The host name of an http or https URL as the URL standard gives it: lower case, without the port. Empty if
 * the text is no such URL. Of a name that is longer than names can be, only the end counts.
 */
export function hostOf(url: string): string {
  const plain = plainUrl.exec(url)?.[1]
  const host = plain === undefined || plain.includes('xn--') ? (URL.parse(url)?.hostname ?? '') : plain
  return host.length <= longestHostLength ? host : host.slice(-longestHostLength)
}

/**
 * The registrable domain of a host by the Public Suffix List, with its private section: the pages of two
 * people at github.io are two sites. Null for an address, and for a name without a domain.
 */
export function getDomain(host: string): string | null {
  return domainOf(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false })
}

/** `example.com.` and `example.com` are the same name in the DNS. */
export function withoutFinalDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
