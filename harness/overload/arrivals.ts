/** Calls that arrive at a given rate, whether earlier ones are answered or not. */
import type { Answer } from '../fuzz/answer-reader.ts'
import { RawConnection } from '../fuzz/raw-connection.ts'

export interface Heard {
  readonly answer: Answer
  readonly tookMs: number
}

export interface Arrivals {
  readonly heard: readonly Heard[]
  /** The faults of calls without an answer. */
  readonly faults: readonly string[]
}

/** The outcome of calls at a rate. */
export interface RatedArrivals extends Arrivals {
  /** From the first call to the last. */
  readonly lastedMs: number
  /** When the last call arrived. Answers come later. */
  readonly lastArrivedAt: number
  /** Calls that were sent, including those at the beginning. */
  readonly sentCount: number
  /** Calls that were sent all at once at the beginning. */
  readonly atOnceCount: number
  /**
   * Calls that arrived while no connection was idle. Their clients wait for their own earlier calls, so these
   * are never sent.
   */
  readonly heldBackCount: number
  /** Resolves when all calls that were sent are answered. The results are incomplete before that. */
  readonly answered: Promise<unknown>
}

/**
 * Connections with at most one call under way each, as most clients have. Each call takes an idle connection.
 */
export class Crowd {
  readonly #port: number
  readonly #idle: RawConnection[] = []
  readonly #timeoutMs: number
  /** Calls that were answered with 201. */
  acceptedCount = 0
  #connectionCount = 0

  /** @param timeoutMs how long the clients wait for an answer */
  constructor(port: number, timeoutMs: number) {
    this.#port = port
    this.#timeoutMs = timeoutMs
  }

  /** Opens so many connections, and makes one call on each to check it. */
  async open(count: number, bytes: Buffer): Promise<void> {
    while (this.#connectionCount < count) {
      // More would wait to be accepted, and that time is not to be measured.
      const some = Math.min(200, count - this.#connectionCount)
      const taken = this.#idle.splice(0)
      await Promise.all(Array.from({ length: some }, () => this.call('GET', bytes)))
      this.#idle.push(...taken)
    }
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0
  }

  /** @throws Error when there is no answer */
  async call(method: string, bytes: Buffer): Promise<Heard> {
    const beganAt = performance.now()
    const connection = this.#idle.shift() ?? this.#newConnection()
    try {
      connection.send(bytes)
      const answer = await connection.answer(method, this.#timeoutMs)
      if (answer === null) throw new Error('the connection was closed without an answer')
      if (answer.status === 201) this.acceptedCount++
      if (answer.closes) this.#connectionCount--
      else this.#idle.push(connection)
      return { answer, tookMs: performance.now() - beganAt }
    } catch (error) {
      connection.close()
      this.#connectionCount--
      throw error
    }
  }

  /** Each of the clients makes one call after the other. Resolves when the time is over. */
  async inTurn(clientCount: number, lastsMs: number, next: () => Buffer): Promise<Arrivals> {
    const endsAt = performance.now() + lastsMs
    const arrivals = { heard: [] as Heard[], faults: [] as string[] }
    const client = async () => {
      while (performance.now() < endsAt) await this.#note(next(), arrivals)
    }
    await Promise.all(Array.from({ length: clientCount }, client))
    return arrivals
  }

  /**
   * Makes one call on each connection at once, then so many a second, evenly. Resolves when the last has
   * arrived.
   */
  async atRate(callsPerSecond: number, lastsMs: number, next: () => Buffer): Promise<RatedArrivals> {
    const beganAt = performance.now()
    const arrivals = { heard: [] as Heard[], faults: [] as string[] }
    const calls: Promise<void>[] = []
    const atOnce = this.#idle.length
    let arrived = 0
    let heldBackCount = 0
    for (;;) {
      const elapsedMs = performance.now() - beganAt
      const due = atOnce + (Math.min(elapsedMs, lastsMs) * callsPerSecond) / 1000
      for (; arrived < due; arrived++) {
        if (this.hasIdle) calls.push(this.#note(next(), arrivals))
        else heldBackCount++
      }
      if (elapsedMs >= lastsMs) break
      // Lets answers arrive, and time pass.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const lastArrivedAt = performance.now()
    return {
      ...arrivals,
      lastedMs: lastArrivedAt - beganAt,
      lastArrivedAt,
      sentCount: calls.length,
      atOnceCount: atOnce,
      heldBackCount,
      answered: Promise.all(calls),
    }
  }

  close(): void {
    for (const connection of this.#idle) connection.close()
    this.#idle.length = 0
  }

  #newConnection(): RawConnection {
    this.#connectionCount++
    return new RawConnection(this.#port)
  }

  async #note(bytes: Buffer, { heard, faults }: { heard: Heard[]; faults: string[] }): Promise<void> {
    try {
      heard.push(await this.call('POST', bytes))
    } catch (error) {
      faults.push(String(error))
    }
  }
}
