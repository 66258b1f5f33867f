import { textOf, UsageError } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoreChoice } from './store-choice.ts'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const rateLimitModes = ['off', 'hosted'] as const
export type RateLimits = (typeof rateLimitModes)[number]

/** All settings of a server, merged from flags, environment and defaults. */
export interface Config {
  readonly host: string
  /** 0: the system chooses a free port. */
  readonly port: number
  /** The embedded store in the data directory, or a PostgreSQL database. */
  readonly store: StoreChoice
  /** The most connections to PostgreSQL, of all threads together. The embedded store ignores it. */
  readonly storeConnections: number
  /** The absolute path of the directory for the embedded store. It is created when it does not exist. */
  readonly dataDirectory: string
  /** How many threads answer calls. */
  readonly threads: number
  /** The user who owns the queues, created at the first start. */
  readonly username: string
  /** The user's token; null: the first start makes one. */
  readonly token: string | null
  readonly logLevel: LogLevel
  readonly rateLimits: RateLimits
  /** Unnamed queues are deleted when nobody has accessed them for this long (rule 7.7). */
  readonly retentionMs: Millis
  /** The base URL in answers (`consoleUrl`, `Location`); null: the URL by which the caller reached the server. */
  readonly publicUrl: string | null
  /** Addresses and networks of proxies whose X-Forwarded-* headers are trusted; null: none. */
  readonly trustedProxies: readonly string[] | null
  /** Whether other machines may reach the server by plain HTTP, without a proxy that does TLS. */
  readonly insecureHttp: boolean
  /** Origins whose pages may call the API from a browser; `*`: all; null: none. */
  readonly corsOrigins: readonly string[] | null
  /** Whether a call with `?token=` is refused. */
  readonly noQueryToken: boolean
  /** The port on which /metrics needs no token. 0: the system chooses one; null: there is none. */
  readonly metricsPort: number | null
  /** The address of that port. */
  readonly metricsHost: string
  /** The most queues whose counts /metrics tells; 0: none. */
  readonly metricsQueues: number
  /** Absolute paths of the certificate and its key (PEM), for a server that does TLS itself. Both are set or neither is. */
  readonly tlsCertFile: string | null
  readonly tlsKeyFile: string | null
}

/** What is wrong with a setting, and which values are allowed. */
export interface Fault {
  readonly problem: string
  readonly advice: string
}

/** Names all settings that are not allowed, not only the first. */
export class ConfigError extends UsageError {
  /** One text for each setting, with its advice. */
  readonly problems: readonly string[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ problem }) => problem).join('\n'), faults.map(({ advice }) => advice).join('\n'))
    this.name = 'ConfigError'
    this.problems = faults.map(({ problem, advice }) => textOf(problem, advice))
    this.message = this.problems.join('\n')
  }
}
