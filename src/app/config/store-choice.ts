import { resolve } from 'node:path'

/** The store that a server uses. */
export type StoreChoice = { readonly kind: 'sqlite' } | PostgresChoice

/** The address of a store: a data directory, or a schema of a PostgreSQL database. */
export type StoreAddress = { readonly kind: 'sqlite'; readonly directory: string } | PostgresChoice

/** A PostgreSQL database, which many servers may share. */
export interface PostgresChoice {
  readonly kind: 'postgres'
  /** `postgres://user:password@host:port/database`. It may hold a password, so show only `maskedUrl` or `postgresPlace`. */
  readonly url: string
  /** The schema that holds the tables. It is created when it does not exist. */
  readonly schema: string
}

/** The schema that is used when the URL names none. */
const schemaByDefault = 'headlock'
/** Names that never need quotes. PostgreSQL reserves names that begin with pg_. */
const schemaPattern = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/
/** The allowed parameters. Others that the driver knows could contradict the way Headlock sets up a connection. */
const parameterPattern = /^(schema|ssl\w*|uselibpqcompat)$/

const postgresAllowed =
  'postgres://USER:PASSWORD@HOST:PORT/DATABASE with at least a host. It may end with ?schema=NAME, a name of lower-case ' +
  'letters, digits and _, and with parameters that begin with ssl. Write special characters of a password as %XX'

export const storeAllowed = `sqlite, or ${postgresAllowed}`
export const addressAllowed = `sqlite:DIR with the data directory of a server, or ${postgresAllowed}`

/** Reads `sqlite`, or the URL of a PostgreSQL database. @returns undefined when the text is neither */
export function parseStore(text: string): StoreChoice | undefined {
  return text === 'sqlite' ? { kind: 'sqlite' } : parsePostgres(text)
}

/** Reads `sqlite:DIR`, or the URL of a PostgreSQL database. @returns undefined when the text is neither */
export function parseAddress(text: string): StoreAddress | undefined {
  const directory = /^sqlite:(.+)$/s.exec(text)?.[1]
  if (directory === undefined) return parsePostgres(text)
  // In the addresses of other tools, two slashes are followed by a host.
  return /^\/\/[^/]/.test(directory) ? undefined : { kind: 'sqlite', directory: resolve(directory) }
}

function parsePostgres(text: string): PostgresChoice | undefined {
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.hash !== '') {
    return undefined
  }
  // A second @ or slash belongs to a password that was not written as %XX.
  if (!/^(\/[^/@]*)?$/.test(url.pathname)) return undefined
  if (![url.hostname, url.username, url.password, url.pathname].every(isDecodable)) return undefined
  if (![...url.searchParams.keys()].every((name) => parameterPattern.test(name))) return undefined
  const schema = url.searchParams.get('schema')
  if (schema === null) return { kind: 'postgres', url: url.href, schema: schemaByDefault }
  // Removed, because the driver would read it as a parameter of its own.
  url.searchParams.delete('schema')
  return schemaPattern.test(schema) ? { kind: 'postgres', url: url.href, schema } : undefined
}

/** Shortens a value that is not allowed for a message. Everything that may be part of a password is left out. */
export function maskedText(text: string): string {
  return text.replace(/:[\s\S]*$/, ':***')
}

/** The URL with the password replaced by `***`. */
export function maskedUrl({ url, schema }: PostgresChoice): string {
  const masked = new URL(url)
  if (masked.password !== '') masked.password = '***'
  if (schema !== schemaByDefault) masked.searchParams.set('schema', schema)
  return masked.href
}

/** `the PostgreSQL database queues at db.example.com:5432`. */
export function postgresPlace(choice: PostgresChoice): string {
  const { database, host, port } = partsOf(choice)
  const name = database === '' ? '' : ` ${database}`
  const schema = choice.schema === schemaByDefault ? '' : `, schema ${choice.schema}`
  return `the PostgreSQL database${name} at ${host}${host.startsWith('/') ? '' : `:${port}`}${schema}`
}

export interface PostgresParts {
  /** Empty: the URL names no user, and the driver takes the user of this process. */
  readonly user: string
  /** Empty: the URL names no database, and the driver takes the one with the name of the user. */
  readonly database: string
  readonly host: string
  readonly port: string
}

export function partsOf({ url }: PostgresChoice): PostgresParts {
  const { username, pathname, hostname, port } = new URL(url)
  const user = decodeURIComponent(username)
  return {
    user,
    database: decodeURIComponent(pathname.slice(1)) || user,
    host: decodeURIComponent(hostname),
    port: port || '5432',
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
