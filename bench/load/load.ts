import { Child } from '../processes/child.ts'
import { type MeasurementResult, together } from './measurement.ts'
import type { Go, LoadOptions, LoadReply, ShareOptions, ShareResult } from './messages.ts'

export interface LoadResult extends MeasurementResult {
  /** The first number that no URL of this load uses. */
  readonly nextNewNumber: number
  /** All numbers from the first new one to this one were used. Numbers after it may or may not have been. */
  readonly newNumbersInRow: number
}

/** Called when a measurement begins and ends in all processes of the load. */
export interface BoundsListener {
  begun(): void
  ended(): void
}

/** The load, in as many processes as it needs. Processes are started when needed. */
export class Load {
  readonly #processes: LoadProcess[] = []
  readonly #file: string

  /** @param file the program of its processes, relative to the folder of the benchmark */
  constructor(file = 'load/process.ts') {
    this.#file = file
  }

  /** The started processes, including idle ones. */
  get pids(): number[] {
    return this.#processes.map(({ pid }) => pid)
  }

  /**
   * @param processesMax the most processes that share the load; each gets a share of the clients
   * @throws Error when a server refused a call or ended
   */
  async run(ask: LoadOptions, processesMax: number, listener?: BoundsListener): Promise<LoadResult> {
    const of = Math.max(1, Math.min(processesMax, ask.clients, ask.connections))
    while (this.#processes.length < of) this.#processes.push(new LoadProcess(this.#file))
    const processes = this.#processes.slice(0, of)
    let ready = 0
    let begun = 0
    let hasEnded = false
    const told = (kind: 'ready' | 'begun' | 'ended') => {
      if (kind === 'ready' && ++ready === of) for (const process of processes) process.go()
      if (kind === 'begun' && ++begun === of) listener?.begun()
      if (kind !== 'ended' || hasEnded) return
      hasEnded = true
      listener?.ended()
    }
    const parts = await Promise.all(
      this.#processes.slice(0, of).map((process, rest) => process.run({ ...ask, share: { rest, of } }, told)),
    )
    const upcoming = parts.map(({ nextNewNumber }) => nextNewNumber)
    return {
      ...together(parts),
      nextNewNumber: Math.max(...upcoming),
      newNumbersInRow: Math.min(...upcoming),
    }
  }

  /** Resolves when all processes have ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()))
  }
}

class LoadProcess {
  readonly #child: Child

  constructor(file: string) {
    this.#child = new Child(file, [], { serialization: 'advanced' })
  }

  get pid(): number {
    return this.#child.process.pid!
  }

  run(ask: ShareOptions, told: (kind: 'ready' | 'begun' | 'ended') => void): Promise<ShareResult> {
    return this.#child.sendAndReceive<LoadReply, ShareResult>(ask, (reply) => {
      if (reply.kind === 'failed') throw new Error(`${ask.workload}: ${reply.problem}`)
      if (reply.kind === 'result') return reply.result
      told(reply.kind)
      return undefined
    })
  }

  /** Starts the load of a process that is ready. */
  go(): void {
    const message: Go = { kind: 'go' }
    this.#child.process.send(message)
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }
}
