/**
 * Headlock inside another program:
 *
 *     import { createServer } from 'headlock'
 *     const server = await createServer({ port: 0, dataDirectory: './queues' })
 *     console.log(server.url, server.firstStart?.token)
 *     await server.close()
 *
 * On PostgreSQL, with others on the same database:
 *
 *     await createServer({ store: { kind: 'postgres', url: 'postgres://…', schema: 'headlock' } })
 */
import { type RunningServer, type ServerParts, startServer } from './app/compose.ts'
import type { Config } from './app/config/config.ts'
import { defaultConfig } from './app/config/read-config.ts'

export { type RunningServer, type ServerParts, startServer } from './app/compose.ts'
export { type Config, ConfigError } from './app/config/config.ts'
export { type ConfigSources, defaultConfig, readConfig } from './app/config/read-config.ts'
export type { PostgresChoice, StoreChoice } from './app/config/store-choice.ts'
export { OperatorError } from './domain/operator-error.ts'
export type { FigureReading } from './figures/read.ts'
export { type ClockSource, ManualClock, systemClock } from './store/clock.ts'

/**
 * Starts a server with these settings and the defaults for all others. It reads no flags and no environment variables.
 *
 * @throws ConfigError if a setting is not allowed, and another OperatorError if the server cannot start. Nothing is left open
 *   then
 */
export function createServer(
  settings: Partial<Config> = {},
  parts: ServerParts = {},
): Promise<RunningServer> {
  return startServer(Object.freeze({ ...defaultConfig(), ...settings }), parts)
}
