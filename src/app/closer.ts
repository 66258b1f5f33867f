import type { Millis } from '../domain/time.ts'

/** What to do when closing takes too long. */
export interface Overdue {
  readonly afterMs: Millis
  /** Called once, with the name of the part that is being closed at that moment. The closing goes on. */
  report(name: string): void
}

/**
 * Closes what was opened, in reverse order. Each part is registered as soon as it is open, so a start that fails
 * half-way closes exactly the parts that it opened.
 */
export class Closer {
  readonly #steps: { name: string; close: () => Promise<void> | void }[] = []
  #closing: Promise<void> | undefined
  /** The part that is being closed. */
  #current = 'nothing'

  /** @param name names the part in the message when closing it fails or takes too long */
  add(name: string, close: () => Promise<void> | void): void {
    this.#steps.push({ name, close })
  }

  /**
   * Closes all parts one after another, the latest first. When one fails, the others are closed all the same. A second
   * call waits for the same closing.
   *
   * @throws AggregateError of all failures, after the last part
   */
  async close(overdue?: Overdue): Promise<void> {
    this.#closing ??= this.#closeAll()
    const timer =
      overdue === undefined ? undefined : setTimeout(() => overdue.report(this.#current), overdue.afterMs)
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
