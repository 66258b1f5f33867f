import { Child } from './child.ts'

/** What a server tells when it takes calls. */
export interface Ready {
  readonly port: number
  readonly token: string
  /** From the start of its process. */
  readonly readyMs: number
}

/** A server under load, in a process of its own. */
export class ServerProcess {
  readonly ready: Promise<Ready>
  readonly #child: Child

  /** @param flags of `headlock serve`, each followed by its value */
  constructor(flags: readonly string[]) {
    // The flags that `npm start` and the packaged command have.
    const nodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
    this.#child = new Child('./server.ts', flags, nodeFlags)
    this.ready = this.#child.next<Ready>()
    // Whoever waits for it is told; a server that is ended before anybody does is no failure of the benchmark.
    this.ready.catch(() => {})
  }

  async residentBytes(): Promise<number> {
    return (await this.#child.ask<{ residentBytes: number }>({ kind: 'memory' })).residentBytes
  }

  /** Resolves when it has ended. */
  stop(): Promise<void> {
    return this.#child.stop()
  }
}
