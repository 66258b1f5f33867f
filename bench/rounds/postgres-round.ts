import { PostgresServer } from '../../harness/postgres-server.ts'
import type { PostgresLimits, PostgresLimitsOptions } from '../baselines/postgres-rows.ts'
import type { Target } from '../load/calls.ts'
import { type Build, thisBuild } from '../processes/build.ts'
import { Child } from '../processes/child.ts'
import { close, noted } from '../processes/interrupt.ts'
import { ServerProcess } from '../processes/server-process.ts'
import { bareBatches, bareRows, oneCommit, roundTrip } from '../report/comparisons.ts'
import { type Measured, ratesAndLatenciesOf } from './figures.ts'
import { Round } from './round.ts'

/** Commits survive a crash of the machine. */
const durableSettings = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on']

/** A new PostgreSQL server with one or more Headlock servers on it. Close it with `close` of interrupt.ts. */
export class PostgresRound extends Round {
  /** A promise, because an interrupt must also end a database that is still starting. */
  readonly #database: Promise<PostgresServer>
  readonly #servers: ServerProcess[] = []

  private constructor(database: Promise<PostgresServer>) {
    super()
    this.#database = database
  }

  static async start(
    serverCount: number,
    serverFlags: readonly string[],
    build: Build = thisBuild,
  ): Promise<PostgresRound> {
    const round = noted(new PostgresRound(PostgresServer.start(durableSettings)))
    try {
      const url = await round.databaseUrl()
      for (let index = 0; index < serverCount; index++) {
        round.#servers.push(new ServerProcess(build, ['--store', url, ...serverFlags]))
      }
      await round.address()
      return round
    } catch (error) {
      await close(round)
      throw error
    }
  }

  async databaseUrl(): Promise<string> {
    return (await this.#database).url
  }

  override async address(): Promise<Pick<Target, 'ports' | 'token'>> {
    const ready = await Promise.all(this.#servers.map((server) => server.ready))
    return { ports: ready.map(({ port }) => port), token: ready[0]!.token }
  }

  protected override async watched() {
    const { pid } = await this.#database
    return { servers: this.#servers.map((server) => server.pid), database: pid }
  }

  /** Limits (b) to (e), on the same database. */
  override async storeLimits(measureMs: number): Promise<Record<string, Measured>> {
    const url = await this.databaseUrl()
    const limit = new Child('baselines/postgres-rows.ts')
    try {
      const ask: PostgresLimitsOptions = { url, connections: 64, measureMs }
      const { rows, batches, commitMs, roundTripMs } = await limit.ask<PostgresLimits>(ask)
      return {
        [bareRows]: ratesAndLatenciesOf(rows),
        [bareBatches]: ratesAndLatenciesOf(batches),
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
    await Promise.all([super.close(), ...this.#servers.map((server) => server.stop())])
    await (await this.#database).discard()
  }
}
