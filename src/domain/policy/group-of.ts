import { getDomain, hostOf } from './host-names.ts'
import type { GroupBy } from './policy.ts'

/**
 * The group of a request with this URL (13.3): its host, or its registrable domain. A host that has no such
 * domain is its own group. Empty if the URL has no host. At most 253 characters.
 */
export function groupOf(url: string, groupBy: GroupBy | null): string {
  return groupOfHost(hostOf(url), groupBy)
}

/** The group of the requests of this host. A domain is the group of itself. */
export function groupOfHost(host: string, groupBy: GroupBy | null): string {
  return groupBy === 'domain' ? (getDomain(host) ?? host) : host
}
