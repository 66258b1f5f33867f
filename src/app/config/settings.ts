import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { limits } from '../../domain/limits.ts'
import { tokenAllowed, tokenFault } from '../../domain/token-strength.ts'
import { isNetwork, privateNetworks } from '../../http/browsers/addresses.ts'
import { type Config, type LogLevel, logLevels, type RateLimits, rateLimitModes } from './config.ts'
import { maskedText, parseStore, storeAllowed } from './store-choice.ts'

/**
 * One setting of a server. Its value comes from its flag, else from its environment variable, else from its default. The
 * flags of the command line, their help and their checks all come from this table, so they cannot disagree.
 */
export interface Setting<Value> {
  /** `--port`; null: the setting has no flag, because the process list shows flags to everybody on the machine. */
  readonly flag: string | null
  /** The name of the flag's argument in the help; null: the flag is a switch without an argument. */
  readonly argument: string | null
  /** The value of a flag that is given without its argument, where that is allowed. */
  readonly alone?: string
  readonly variable: string
  /** The default, as a user would write it; null: the setting is not set by default. */
  readonly byDefault: string | null
  /** One sentence for the help, without a full stop. */
  readonly summary: string
  /** The allowed values. A message puts this behind "Allowed is ". */
  readonly allowed: string
  /** Whether the value is a secret: no message repeats it. */
  readonly secret?: true
  /** Masks the secret part of a value, so that a message may repeat the rest. */
  masked?(text: string): string
  /** Says what is wrong with a value, where `allowed` alone does not explain it. A message puts this behind "that". */
  fault?(text: string): string | null
  /** @returns undefined when the text is not allowed */
  parse(text: string): Value | undefined
}

/** For a switch. Giving its flag means `true`. */
const switchAllowed = 'true or false'

function parseSwitch(text: string): boolean | undefined {
  if (/^(?:true|1)$/i.test(text)) return true
  return /^(?:false|0)$/i.test(text) ? false : undefined
}

const hostAllowed = 'an IP address or a host name of this machine, without a port'
const portAllowed = 'a whole number from 0 to 65535'

export const millisPerDay = 86_400_000
const retentionDaysMax = 36_500
const usernameLengthMax = 63
const threadsMax = 64
const storeConnectionsMax = 1000
/** Each queue is several lines for Prometheus, at every scrape. */
const metricsQueuesMax = 1000
/** Only Linux spreads the connections to one port over several listeners. */
const sharesPorts = process.platform === 'linux'

function threadsByDefault(): number {
  return sharesPorts ? Math.min(threadsMax, Math.max(1, availableParallelism() - 1)) : 1
}

export const settings: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
  host: {
    flag: '--host',
    argument: 'HOST',
    variable: 'HEADLOCK_HOST',
    byDefault: '127.0.0.1',
    summary: 'the address to listen on; 0.0.0.0 or :: is every address of this machine',
    allowed: hostAllowed,
    parse: parseHost,
  },
  port: {
    flag: '--port',
    argument: 'PORT',
    variable: 'HEADLOCK_PORT',
    byDefault: '4747',
    summary: 'the port to listen on; 0 lets the system choose a free one',
    allowed: portAllowed,
    parse: parsePort,
  },
  store: {
    flag: '--store',
    argument: 'STORE',
    variable: 'HEADLOCK_STORE',
    byDefault: 'sqlite',
    summary:
      'where to keep everything: sqlite is a file in the data directory; postgres://USER:PASSWORD@HOST/DATABASE is a ' +
      'database that many servers may share',
    allowed: storeAllowed,
    masked: maskedText,
    parse: parseStore,
  },
  storeConnections: {
    flag: '--store-connections',
    argument: 'N',
    variable: 'HEADLOCK_STORE_CONNECTIONS',
    byDefault: '10',
    summary: 'the most connections to PostgreSQL, shared by the threads; each thread has at least two',
    allowed: `a whole number from 1 to ${storeConnectionsMax}`,
    parse: (text) => {
      const connections = /^\d{1,4}$/.test(text) ? Number(text) : 0
      return connections >= 1 && connections <= storeConnectionsMax ? connections : undefined
    },
  },
  dataDirectory: {
    flag: '--data',
    argument: 'DIR',
    variable: 'HEADLOCK_DATA',
    byDefault: './headlock-data',
    summary: 'the directory of the embedded store (sqlite); the first start creates it',
    allowed: 'the path of a directory',
    parse: parsePath,
  },
  threads: {
    flag: '--threads',
    argument: 'N',
    variable: 'HEADLOCK_THREADS',
    byDefault: String(threadsByDefault()),
    summary:
      'how many threads answer calls; the default is one less than the number of cores, but at least one',
    allowed: `a whole number from 1 to ${threadsMax}; more than 1 on Linux only`,
    parse: (text) => {
      const threads = /^\d{1,3}$/.test(text) ? Number(text) : 0
      return threads >= 1 && threads <= (sharesPorts ? threadsMax : 1) ? threads : undefined
    },
  },
  username: {
    flag: '--username',
    argument: 'NAME',
    variable: 'HEADLOCK_USERNAME',
    byDefault: 'headlock',
    summary: 'the user who owns the queues, as in NAME~my-queue',
    allowed: `1 to ${usernameLengthMax} letters, digits, dots, hyphens and underscores, a letter or a digit first`,
    parse: (text) =>
      text.length <= usernameLengthMax && /^[a-z0-9][a-z0-9._-]*$/i.test(text) ? text : undefined,
  },
  token: {
    flag: null,
    argument: 'TOKEN',
    variable: 'HEADLOCK_TOKEN',
    byDefault: null,
    summary: 'an API token that you choose; without it, the first start makes one',
    allowed: tokenAllowed,
    secret: true,
    fault: tokenFault,
    parse: (text) => (tokenFault(text) === null ? text : undefined),
  },
  logLevel: {
    flag: '--log-level',
    argument: 'LEVEL',
    variable: 'HEADLOCK_LOG_LEVEL',
    byDefault: 'info',
    summary: `how much to log: ${logLevels.join(', ')}`,
    allowed: `one of ${logLevels.join(', ')}`,
    parse: (text) => logLevels.find((level): level is LogLevel => level === text),
  },
  rateLimits: {
    flag: '--rate-limits',
    argument: 'MODE',
    variable: 'HEADLOCK_RATE_LIMITS',
    byDefault: 'off',
    summary: 'hosted: answer 429 above the rates of the hosted API; off: no rate limits',
    allowed: `one of ${rateLimitModes.join(', ')}`,
    parse: (text) => rateLimitModes.find((mode): mode is RateLimits => mode === text),
  },
  retentionMs: {
    flag: '--retention-days',
    argument: 'DAYS',
    variable: 'HEADLOCK_RETENTION_DAYS',
    byDefault: String(limits.retentionDaysDefault),
    summary: 'delete unnamed queues that nobody has used for this many days; fractions are allowed',
    allowed: `a number above 0, at most ${retentionDaysMax}`,
    parse: (text) => {
      const days = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
      return days > 0 && days <= retentionDaysMax ? Math.ceil(days * millisPerDay) : undefined
    },
  },
  publicUrl: {
    flag: '--public-url',
    argument: 'URL',
    variable: 'HEADLOCK_PUBLIC_URL',
    byDefault: null,
    summary:
      'the URL by which clients reach this server, if it differs from the listen address, as behind a proxy',
    allowed: 'an http or https URL without user, query and fragment',
    parse: parseBaseUrl,
  },
  trustedProxies: {
    flag: '--trust-proxy',
    argument: 'ADDRESSES',
    alone: 'private',
    variable: 'HEADLOCK_TRUST_PROXY',
    byDefault: null,
    summary:
      'trust the X-Forwarded-* headers of proxies at these addresses, separated by commas; without addresses: private, ' +
      'which is this machine and private networks',
    allowed: 'private, or a list of addresses and networks, like 10.0.0.5 or 10.0.0.0/8',
    parse: parseProxies,
  },
  tlsCertFile: {
    flag: '--tls-cert',
    argument: 'FILE',
    variable: 'HEADLOCK_TLS_CERT',
    byDefault: null,
    summary:
      'serve HTTPS with the certificate in this file (PEM), followed by the certificates of its issuers; SIGHUP reloads it',
    allowed: 'the path of a file',
    parse: parsePath,
  },
  tlsKeyFile: {
    flag: '--tls-key',
    argument: 'FILE',
    variable: 'HEADLOCK_TLS_KEY',
    byDefault: null,
    summary: 'the private key of that certificate (PEM, without a passphrase)',
    allowed: 'the path of a file',
    parse: parsePath,
  },
  insecureHttp: {
    flag: '--insecure-http',
    argument: null,
    variable: 'HEADLOCK_INSECURE_HTTP',
    byDefault: 'false',
    summary:
      'let other machines reach the server by plain HTTP; everybody on the way can then read the tokens',
    allowed: switchAllowed,
    parse: parseSwitch,
  },
  corsOrigins: {
    flag: '--cors-origins',
    argument: 'ORIGINS',
    variable: 'HEADLOCK_CORS_ORIGINS',
    byDefault: null,
    summary: 'sites whose pages may call the API from a browser, separated by commas; * means every site',
    allowed: '* or a list of origins, like https://app.example.com or http://localhost:3000',
    parse: parseOrigins,
  },
  noQueryToken: {
    flag: '--no-query-token',
    argument: null,
    variable: 'HEADLOCK_NO_QUERY_TOKEN',
    byDefault: 'false',
    summary: 'refuse calls with ?token=, because URLs end up in logs',
    allowed: switchAllowed,
    parse: parseSwitch,
  },
  metricsPort: {
    flag: '--metrics-port',
    argument: 'PORT',
    variable: 'HEADLOCK_METRICS_PORT',
    byDefault: null,
    summary:
      'a port on which /metrics needs no token and tells of all queues; without it, /metrics is only on the port of the API, ' +
      'with a token',
    allowed: portAllowed,
    parse: parsePort,
  },
  metricsHost: {
    flag: '--metrics-host',
    argument: 'HOST',
    variable: 'HEADLOCK_METRICS_HOST',
    byDefault: '127.0.0.1',
    summary: 'the address of that port; other machines reach it only if this says so',
    allowed: hostAllowed,
    parse: parseHost,
  },
  metricsQueues: {
    flag: '--metrics-queues',
    argument: 'N',
    variable: 'HEADLOCK_METRICS_QUEUES',
    byDefault: '100',
    summary:
      'the most queues of which /metrics tells: those with a name that changed last; 0 leaves them out',
    allowed: `a whole number from 0 to ${metricsQueuesMax}`,
    parse: (text) => {
      const queues = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
      return queues <= metricsQueuesMax ? queues : undefined
    },
  },
}

function parseHost(text: string): string | undefined {
  return isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text) ? text : undefined
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined
}

function parsePath(text: string): string | undefined {
  return text.includes('\0') ? undefined : resolve(text)
}

function parseProxies(text: string): string[] | undefined {
  const entries = text.split(',').map((entry) => entry.trim())
  if (!entries.every((entry) => entry === 'private' || isNetwork(entry))) return undefined
  return entries.flatMap((entry) => (entry === 'private' ? privateNetworks : entry))
}

/** @returns the URL without a slash at its end, so that a path can be appended */
function parseBaseUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  return url.href.replace(/\/+$/, '')
}

/** @returns origins as browsers write them: without a path, in lower case, without a default port */
function parseOrigins(text: string): string[] | undefined {
  const given = text.split(',').map((origin) => origin.trim())
  if (given.length === 1 && given[0] === '*') return given
  const origins = given.map(parseOrigin)
  return origins.includes(undefined) ? undefined : [...new Set(origins as string[])]
}

function parseOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*]+\/?$/i.test(text)) return undefined
  const url = URL.parse(text)
  if (url === null) return undefined
  // The URL standard gives other schemes (such as that of a browser extension) no origin, but browsers do.
  return /^https?:$/.test(url.protocol) ? url.origin : text.toLowerCase().replace(/\/$/, '')
}
