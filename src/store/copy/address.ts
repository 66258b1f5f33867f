import { realpathSync } from 'node:fs'

/** Where a store is: a data directory, or a schema of a PostgreSQL database. */
export type StoreAddress = { readonly kind: 'sqlite'; readonly directory: string } | PostgresAddress

export interface PostgresAddress {
  readonly kind: 'postgres'
  /** As the driver takes it; it may hold a password. */
  readonly url: string
  readonly schema: string
}

/** The address for people, without a password. */
export function nameOf(address: StoreAddress): string {
  if (address.kind === 'sqlite') return `sqlite:${address.directory}`
  const { protocol, username, host, pathname } = new URL(address.url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}?schema=${address.schema}`
}

/** Whether both are one store, as far as can be told without opening them. */
export function isSameAddress(one: StoreAddress, other: StoreAddress): boolean {
  if (one.kind === 'sqlite' && other.kind === 'sqlite') {
    return realPath(one.directory) === realPath(other.directory)
  }
  if (one.kind !== 'postgres' || other.kind !== 'postgres') return false
  const [a, b] = [new URL(one.url), new URL(other.url)]
  const samePort = (a.port || '5432') === (b.port || '5432')
  return a.hostname === b.hostname && samePort && a.pathname === b.pathname && one.schema === other.schema
}

function realPath(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    // Not there yet.
    return directory
  }
}

/** For everything that people get to read: a text may repeat what was typed. */
export function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^\s:@/]*):\S*@/g, '$1:***@').replace(/\b(password=)[^\s&"']*/gi, '$1***')
}
