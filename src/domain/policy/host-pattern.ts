/**
 * The host patterns of a policy (13.4): `example.com`, `*.example.com` (the name itself and every name below
 * it), `*`.
 */
import { getDomain, longestHostLength, withoutFinalDot } from './host-names.ts'
import type { GroupBy } from './policy.ts'

/** A pattern in the form that names are compared with, or what is wrong with it. */
export type ReadPattern = { readonly pattern: string } | { readonly problem: string }

/**
 * Brings a pattern into the form of the URL standard: lower case, and international names in punycode.
 * Patterns that can never match are a problem.
 *
 * @param groupBy with `domain`, only registrable domains are compared with the pattern. Null: host names.
 */
export function readHostPattern(text: string, groupBy: GroupBy | null): ReadPattern {
  if (text === '*') return { pattern: '*' }
  const isBelow = text.startsWith('*.')
  const name = isBelow ? text.slice(2) : text
  const read = readHost(name)
  if ('problem' in read) return read
  const { host } = read
  if (isBelow && isAddress(host)) {
    return { problem: `can never match, because no names are below an address: write ${host}` }
  }
  const pattern = withoutFinalDot(host)
  if (groupBy === 'domain') {
    const domain = getDomain(pattern)
    if (domain !== null && domain !== pattern) {
      const advice = `with groupBy "domain" the requests of all hosts of ${domain} are one group`
      return { problem: `can never match, because ${advice}: write ${domain}` }
    }
  }
  return { pattern: isBelow ? `*.${pattern}` : pattern }
}

/** Brings the name of a host into the form of the URL standard. */
export function readHost(name: string): { readonly host: string } | { readonly problem: string } {
  const problem = problemOfText(name)
  if (problem !== null) return { problem }
  const host = URL.parse(`http://${name}/`)?.hostname ?? ''
  if (host === '') return { problem: 'is not the name of a host' }
  if (host.length > longestHostLength) {
    return { problem: `is longer than a host name can be, which is ${longestHostLength} characters` }
  }
  return { host }
}

/** What would make the URL standard read something else than a host name. */
function problemOfText(name: string): string | null {
  if (name === '') return 'is empty'
  if (/[\s\p{Cc}]/u.test(name)) return 'has white space in it'
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(name)) {
    return 'can never match, because hosts are compared without a scheme: write only the host, as in example.com'
  }
  if (/[/\\?#]/.test(name)) {
    return 'can never match, because hosts are compared without a path: write only the host, as in example.com'
  }
  if (name.includes('@')) {
    return 'can never match, because hosts are compared without a user: write only the host, as in example.com'
  }
  if (name.includes('*')) {
    return 'can never match: * is allowed alone, and at the beginning as in *.example.com'
  }
  if (/:[^:\]]*$/.test(name) && !name.startsWith('[') && name.indexOf(':') === name.lastIndexOf(':')) {
    return 'can never match, because hosts are compared without a port: write only the host, as in example.com'
  }
  if (/^\[.*\]:/.test(name)) {
    return 'can never match, because hosts are compared without a port: write only the address, as in [::1]'
  }
  if (name.includes(':') && !name.startsWith('[')) {
    return 'can never match: write an IPv6 address in brackets, as in [::1]'
  }
  return null
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /(?:^|\.)\d+\.?$/.test(host)
}
