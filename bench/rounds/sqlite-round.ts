import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreLimits } from '../baselines/sqlite-rows.ts'
import type { BulkOptions } from '../fixtures/bulk.ts'
import type { Target } from '../load/calls.ts'
import { type Build, thisBuild } from '../processes/build.ts'
import { Child } from '../processes/child.ts'
import { type Ready, ServerProcess } from '../processes/server-process.ts'
import { fdatasync, sqliteRows } from '../report/comparisons.ts'
import { baseDirectory } from './base-directory.ts'
import type { Measured } from './figures.ts'
import { Round } from './round.ts'

/** A fresh server with the embedded store in a new directory. */
export class SqliteRound extends Round {
  readonly #directory = mkdtempSync(join(baseDirectory, 'headlock-bench-'))
  readonly #build: Build
  readonly #flags: readonly string[]
  #server: ServerProcess

  constructor(serverFlags: readonly string[], build = thisBuild) {
    super()
    this.#build = build
    this.#flags = ['--data', join(this.#directory, 'data'), ...serverFlags]
    this.#server = new ServerProcess(this.#build, this.#flags)
  }

  override async address(): Promise<Pick<Target, 'ports' | 'token'>> {
    const { port, token } = await this.#server.ready
    return { ports: [port], token }
  }

  protected override async watched() {
    return { servers: [this.#server.pid], database: null }
  }

  /** Limits (b) and (c), on the same disk. */
  override async storeLimits(measureMs: number): Promise<Record<string, Measured>> {
    const limit = new Child('baselines/sqlite-rows.ts')
    try {
      const ask = { directory: this.#directory, measureMs }
      const { storeRowsPerSecond, fdatasyncMs } = await limit.ask<StoreLimits>(ask)
      return { [sqliteRows]: { requestsPerSecond: storeRowsPerSecond }, [fdatasync]: { p50Ms: fdatasyncMs } }
    } finally {
      await limit.stop()
    }
  }

  override residentBytes(): Promise<number> {
    return this.#server.residentBytes()
  }

  /** Stops the server and starts it again on the same data. */
  async restart(): Promise<Ready> {
    await this.#server.stop()
    this.#server = new ServerProcess(this.#build, this.#flags)
    return this.#server.ready
  }

  /** Fills queues directly in the store, while no server runs. `restart` must follow. */
  async fill(ask: Omit<BulkOptions, 'directory'>): Promise<void> {
    await this.#server.stop()
    const bulk = new Child('fixtures/bulk.ts')
    try {
      await bulk.ask({ ...ask, directory: join(this.#directory, 'data') })
    } finally {
      await bulk.stop()
    }
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#server.stop()])
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
