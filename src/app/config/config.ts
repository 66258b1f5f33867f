import { textOf, UsageError } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoreChoice } from './store-choice.ts'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const rateLimitModes = ['off', 'hosted'] as const
export type RateLimits = (typeof rateLimitModes)[number]

/** Everything a server can be told, after flags, environment and defaults were merged. */
export interface Config {
  readonly host: string
  /** 0 lets the system choose a free one. */
  readonly port: number
  /** The embedded store in the data directory, or a PostgreSQL. */
  readonly store: StoreChoice
  /** Connections to the PostgreSQL at the most, those of all threads together; of no meaning to the embedded store. */
  readonly storeConnections: number
  /** Where the file of the embedded store lives; created when it is not there. An absolute path. */
  readonly dataDirectory: string
  /** How many threads answer calls. */
  readonly threads: number
  /** The owner of the queues, made at the first start. */
  readonly username: string
  /** The user's token, from outside; null: the first start makes one. */
  readonly token: string | null
  readonly logLevel: LogLevel
  readonly rateLimits: RateLimits
  /** Unnamed queues that nobody accessed for so long are deleted (rule 7.7). */
  readonly retentionMs: Millis
  /** The base URL that answers name (`consoleUrl`, `Location`); null: what the caller reached the server by. */
  readonly publicUrl: string | null
  /** Addresses and networks of proxies whose X-Forwarded-* headers are believed; null: of nobody. */
  readonly trustedProxies: readonly string[] | null
  /** Whether other machines may reach the server by plain HTTP, with nothing in front of it. */
  readonly insecureHttp: boolean
  /** Origins whose pages may call the API from a browser, `*` for all; null: none. */
  readonly corsOrigins: readonly string[] | null
  /** Whether a call with `?token=` is refused. */
  readonly noQueryToken: boolean
  /** The certificate and its key, as PEM, of a server that does TLS itself; absolute paths. Both or neither. */
  readonly tlsCertFile: string | null
  readonly tlsKeyFile: string | null
}

/** What is wrong with a setting, and what it may be. */
export interface Fault {
  readonly problem: string
  readonly advice: string
}

/** Settings that are not allowed: all of them at once. */
export class ConfigError extends UsageError {
  /** Each with its advice, for people. */
  readonly problems: readonly string[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ problem }) => problem).join('\n'), faults.map(({ advice }) => advice).join('\n'))
    this.name = 'ConfigError'
    this.problems = faults.map(({ problem, advice }) => textOf(problem, advice))
    this.message = this.problems.join('\n')
  }
}
