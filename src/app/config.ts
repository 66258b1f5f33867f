import type { Millis } from '../domain/time.ts'

/** Everything a server can be told, after flags, environment and defaults were merged. */
export interface Config {
  readonly host: string
  /** 0 lets the system choose a free one. */
  readonly port: number
  /** Where the database file lives; created when it is not there. */
  readonly dataDirectory: string
  readonly logLevel: LogLevel
  readonly rateLimits: RateLimits
  /** Unnamed queues that nobody accessed for so long are deleted (rule 7.7). */
  readonly retentionMs: Millis
  /** The base URL that answers name (`consoleUrl`, `Location`); null: what the caller reached the server by. */
  readonly publicUrl: string | null
  /** The token of the first user, from outside; null: the first start makes one and prints it. */
  readonly token: string | null
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const rateLimitModes = ['off', 'hosted'] as const
export type RateLimits = (typeof rateLimitModes)[number]
