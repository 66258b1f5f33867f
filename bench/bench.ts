import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BulkAsk } from './bulk.ts'
import { Child } from './child.ts'
import type { StoreLimits } from './limits/sqlite-rows.ts'
import type { Target } from './load/calls.ts'
import type { LoadAsk, LoadReply, LoadResult } from './load/messages.ts'

export interface Ready {
  readonly port: number
  readonly token: string
  readonly readyMs: number
}

/** The processes of one round: a fresh server on a fresh directory, the load beside it. */
export class Round {
  readonly #directory = mkdtempSync(join(tmpdir(), 'headlock-bench-'))
  readonly #load = new Child('./load/process.ts')
  readonly #serverFlags: readonly string[]
  #server: Child
  #ready: Promise<Ready>
  #nextNumber = 0

  constructor(serverFlags: readonly string[]) {
    this.#serverFlags = serverFlags
    this.#server = this.#startServer()
    this.#ready = this.#server.next<Ready>()
  }

  #startServer(): Child {
    // The flags that `npm start` and the packaged command have.
    const nodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
    return new Child('./server.ts', [join(this.#directory, 'data'), ...this.#serverFlags], nodeFlags)
  }

  /** Stops the server and starts it again on the same data. */
  async restart(): Promise<Ready> {
    await this.#server.stop()
    this.#server = this.#startServer()
    this.#ready = this.#server.next<Ready>()
    return this.#ready
  }

  /** Fills queues straight in the store, while no server runs on it. `restart` has to follow. */
  async fill(ask: Omit<BulkAsk, 'directory'>): Promise<void> {
    await this.#server.stop()
    const bulk = new Child('./bulk.ts')
    try {
      await bulk.ask({ ...ask, directory: join(this.#directory, 'data') })
    } finally {
      await bulk.stop()
    }
  }

  newNumbersFrom(first: number): void {
    this.#nextNumber = first
  }

  /** New URLs have numbers from here on. */
  get nextNumber(): number {
    return this.#nextNumber
  }

  async ready(): Promise<Ready> {
    return this.#ready
  }

  async residentBytes(): Promise<number> {
    return (await this.#server.ask<{ residentBytes: number }>({ kind: 'memory' })).residentBytes
  }

  /** A new queue on the server under load. */
  async newQueue(): Promise<Target> {
    const { port, token } = await this.#ready
    const answer = await fetch(`http://127.0.0.1:${port}/v2/request-queues`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    const { data } = (await answer.json()) as { data: { id: string } }
    return { port, token, queueId: data.id }
  }

  /** Limit (a), on the same load. */
  async echo(workload: 'echo-add' | 'echo-get', load: Shape): Promise<LoadResult> {
    const echo = new Child('./limits/echo-server.ts')
    const { port } = await echo.next<{ port: number }>()
    const { token } = await this.#ready
    try {
      return await this.run(workload, { port, token, queueId: 'abcdefghijklmnopq' }, load)
    } finally {
      await echo.stop()
    }
  }

  /** Limits (b) and (c), on the same disk. */
  async storeLimits(measureMs: number): Promise<StoreLimits> {
    const limit = new Child('./limits/sqlite-rows.ts')
    try {
      return await limit.ask<StoreLimits>({ directory: this.#directory, measureMs })
    } finally {
      await limit.stop()
    }
  }

  /** Loads the server until the time is over or nothing is left to do. */
  async run(workload: string, target: Target, shape: Shape): Promise<LoadResult> {
    const ask: LoadAsk = {
      connections: 64,
      clients: shape.connections ?? 64,
      callsPerSecond: null,
      known: { first: 0, count: 0 },
      ...shape,
      workload,
      target,
      firstNewNumber: this.#nextNumber,
    }
    const reply = await this.#load.ask<LoadReply>(ask)
    if ('failed' in reply) throw new Error(`${workload}: ${reply.failed}`)
    this.#nextNumber = reply.result.nextNewNumber
    return reply.result
  }

  /** Fills the queue with at least so many new requests; tells which. */
  async preload(target: Target, count: number): Promise<{ first: number; count: number }> {
    const first = this.#nextNumber
    while (this.#nextNumber - first < count) {
      await this.run('batch-add', target, { warmUpMs: 0, measureMs: 250 })
    }
    return { first, count: this.#nextNumber - first }
  }

  async close(): Promise<void> {
    await Promise.all([this.#load.stop(), this.#server.stop()])
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** How a workload is driven; what is left out is 64 connections at full speed. */
export type Shape = Pick<LoadAsk, 'warmUpMs' | 'measureMs'> &
  Partial<Pick<LoadAsk, 'connections' | 'clients' | 'callsPerSecond' | 'known'>>
