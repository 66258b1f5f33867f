import { PostgresServer } from '../test/support/postgres-server.ts'
import { Child } from './child.ts'
import { bareBatches, bareRows, oneCommit, roundTrip } from './comparisons.ts'
import type { PostgresLimits, PostgresLimitsAsk } from './limits/postgres-rows.ts'
import type { Target } from './load/calls.ts'
import { type Measured, measuredOf } from './report.ts'
import { Round } from './round.ts'
import { ServerProcess } from './server-process.ts'

/** What is committed survives the machine. */
const durableSettings = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on']

/** A fresh PostgreSQL of its own with one or more servers on it. */
export class PostgresRound extends Round {
  readonly #database: PostgresServer
  readonly #servers: ServerProcess[] = []
  /** PostgreSQL would outlive a benchmark that is ended from outside. */
  readonly #ended = () => {
    this.close().finally(() => process.exit(1))
  }

  private constructor(database: PostgresServer) {
    super()
    this.#database = database
    process.once('SIGINT', this.#ended).once('SIGTERM', this.#ended)
  }

  static async start(serverCount: number, serverFlags: readonly string[]): Promise<PostgresRound> {
    const database = await PostgresServer.start(durableSettings)
    const round = new PostgresRound(database)
    try {
      for (let index = 0; index < serverCount; index++) {
        round.#servers.push(new ServerProcess(['--store', database.url, ...serverFlags]))
      }
      await round.address()
      return round
    } catch (error) {
      await round.close()
      throw error
    }
  }

  get databaseUrl(): string {
    return this.#database.url
  }

  override async address(): Promise<Pick<Target, 'ports' | 'token'>> {
    const ready = await Promise.all(this.#servers.map((server) => server.ready))
    return { ports: ready.map(({ port }) => port), token: ready[0]!.token }
  }

  /** Limits (b) to (e), on the same database. */
  override async storeLimits(measureMs: number): Promise<Record<string, Measured>> {
    const limit = new Child('./limits/postgres-rows.ts')
    try {
      const ask: PostgresLimitsAsk = { url: this.#database.url, connections: 64, measureMs }
      const { rows, batches, commitMs, roundTripMs } = await limit.ask<PostgresLimits>(ask)
      return {
        [bareRows]: measuredOf(rows),
        [bareBatches]: measuredOf(batches),
        [oneCommit]: { p50Ms: commitMs },
        [roundTrip]: { p50Ms: roundTripMs },
      }
    } finally {
      await limit.stop()
    }
  }

  override async residentBytes(): Promise<number> {
    const sizes = await Promise.all(this.#servers.map((server) => server.residentBytes()))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  override async close(): Promise<void> {
    process.off('SIGINT', this.#ended).off('SIGTERM', this.#ended)
    await Promise.all([super.close(), ...this.#servers.map((server) => server.stop())])
    await this.#database.discard()
  }
}
