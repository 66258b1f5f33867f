const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What somebody who ends the process in the middle would leave behind, removed before it ends. */
export class Interrupt {
  #cleanUp: () => void = () => {}
  readonly #onSignal = (signal: NodeJS.Signals) => {
    try {
      this.#cleanUp()
    } finally {
      this.stop()
      // Without a listener it ends the process, as whoever sent it expects; also where a thread is in the middle of a
      // long statement.
      process.kill(process.pid, signal)
    }
  }

  constructor() {
    for (const signal of signals) process.on(signal, this.#onSignal)
  }

  /** From now on this is what has to be done. */
  readonly begun = (cleanUp: () => void): void => {
    this.#cleanUp = cleanUp
  }

  stop(): void {
    for (const signal of signals) process.off(signal, this.#onSignal)
  }
}
