import { resolve } from 'node:path'

/** Where everything is kept. */
export type StoreChoice = { readonly kind: 'sqlite' } | PostgresChoice

/** Where a store is: a data directory, or a schema of a PostgreSQL. */
export type StoreAddress = { readonly kind: 'sqlite'; readonly directory: string } | PostgresChoice

/** A PostgreSQL, which many servers may share. */
export interface PostgresChoice {
  readonly kind: 'postgres'
  /** `postgres://user:password@host:port/database`. It may hold a password: only `maskedUrl` and `postgresPlace` are for eyes. */
  readonly url: string
  /** The schema of that database which holds the tables; made when it is not there. */
  readonly schema: string
}

/** The schema when the URL names none. */
const schemaByDefault = 'headlock'
/** A name that needs no quotes anywhere; those of PostgreSQL itself begin with pg_. */
const schemaPattern = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/
/** Whatever else the driver reads from a URL could contradict how we set up a connection. */
const parameterPattern = /^(schema|ssl\w*|uselibpqcompat)$/

const postgresAllowed =
  'postgres://USER:PASSWORD@HOST:PORT/DATABASE with at least a host; behind it may stand ?schema=NAME, with a ' +
  'name of lower-case letters, digits and _, and parameters that begin with ssl. Write special characters of a password ' +
  'as %XX'

export const storeAllowed = `sqlite, or ${postgresAllowed}`
export const addressAllowed = `sqlite:DIR with the data directory of a server, or ${postgresAllowed}`

/** `sqlite`, or the URL of a PostgreSQL; undefined: neither. */
export function parseStore(text: string): StoreChoice | undefined {
  return text === 'sqlite' ? { kind: 'sqlite' } : parsePostgres(text)
}

/** `sqlite:DIR`, or the URL of a PostgreSQL; undefined: neither. */
export function parseAddress(text: string): StoreAddress | undefined {
  const directory = /^sqlite:(.+)$/s.exec(text)?.[1]
  if (directory === undefined) return parsePostgres(text)
  // The other tools that know such addresses mean a host by what stands behind two slashes.
  return /^\/\/[^/]/.test(directory) ? undefined : { kind: 'sqlite', directory: resolve(directory) }
}

function parsePostgres(text: string): PostgresChoice | undefined {
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.hash !== '') {
    return undefined
  }
  // An @ or a slash too many is one of a password that was not written as %XX.
  if (!/^(\/[^/@]*)?$/.test(url.pathname)) return undefined
  if (![url.hostname, url.username, url.password, url.pathname].every(isDecodable)) return undefined
  if (![...url.searchParams.keys()].every((name) => parameterPattern.test(name))) return undefined
  const schema = url.searchParams.get('schema')
  if (schema === null) return { kind: 'postgres', url: url.href, schema: schemaByDefault }
  // The driver would take it for a parameter of its own.
  url.searchParams.delete('schema')
  return schemaPattern.test(schema) ? { kind: 'postgres', url: url.href, schema } : undefined
}

/** How a message repeats a value that is not allowed: wherever in it a password may be, it is left out. */
export function maskedText(text: string): string {
  return text.replace(/:[\s\S]*$/, ':***')
}

/** The URL as it was written, but for the password. */
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
  /** Empty: nobody was named, and the driver takes the user of this process. */
  readonly user: string
  /** Empty: the one that is called as its user. */
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
