import type { Millis } from '../domain/time.ts'

/** For who cannot wait for ever. */
export interface Overdue {
  readonly afterMs: Millis
  /** Is told once what is being closed then; the closing goes on. */
  tell(name: string): void
}

/**
 * What was opened, to be closed in reverse: whoever opens a thing registers at once how to close it, so a start
 * that fails half-way closes the half that did open.
 */
export class Closer {
  readonly #steps: { name: string; close: () => Promise<void> | void }[] = []
  #closing: Promise<void> | undefined
  /** What is being closed. */
  #current = 'nothing'

  /** @param name for the message when closing it fails, or takes too long */
  add(name: string, close: () => Promise<void> | void): void {
    this.#steps.push({ name, close })
  }

  /**
   * Closes everything, the latest first, each after the one before has closed. A step that fails does not keep the
   * others from closing. Calling it again waits for the same closing.
   *
   * @throws AggregateError of all failures, at the end
   */
  async close(overdue?: Overdue): Promise<void> {
    this.#closing ??= this.#closeAll()
    const timer =
      overdue === undefined ? undefined : setTimeout(() => overdue.tell(this.#current), overdue.afterMs)
    try {
      await this.#closing
    } finally {
      clearTimeout(timer)
    }
  }

  async #closeAll(): Promise<void> {
    const failures: Error[] = []
    for (const { name, close } of this.#steps.reverse()) {
      this.#current = name
      try {
        await close()
      } catch (cause) {
        failures.push(new Error(`Closing ${name} failed: ${messageOf(cause)}`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '))
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
