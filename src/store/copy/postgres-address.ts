/** A schema of a PostgreSQL database. */
export interface PostgresAddress {
  /** The URL for the driver. It may contain a password. */
  readonly url: string
  readonly schema: string
}

/** The address for people, without a password. */
export function nameOf(address: PostgresAddress): string {
  const { protocol, username, host, pathname } = new URL(address.url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}?schema=${address.schema}`
}
