/** One connection to the server: what goes over it as bytes, and what comes back as answers. */
import { connect, type Socket } from 'node:net'
import { type Answer, AnswerReader } from './answer-reader.ts'

export class Line {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #isClosed = false
  #isEnded = false
  /** Called when something has come or the connection has gone. */
  #moved: () => void = () => {}

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.#socket.on('data', (bytes: Buffer) => {
      this.#reader.push(bytes)
      this.#moved()
    })
    this.#socket.on('end', () => {
      this.#isEnded = true
      this.#moved()
    })
    // A reset is one way in which a server closes a connection; what it means the caller decides.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.#isClosed = true
      this.#moved()
    })
  }

  /** Resolves when the connection has come about, or never will. */
  get opened(): Promise<void> {
    if (!this.#socket.connecting) return Promise.resolve()
    return new Promise((resolve) => {
      this.#socket.once('connect', () => resolve())
      this.#socket.once('close', () => resolve())
    })
  }

  /** Whether it has come about and nobody has closed it yet. */
  get isStanding(): boolean {
    return !this.#socket.connecting && !this.isOver
  }

  /** Whether the server has closed it: no more answers come. */
  get isOver(): boolean {
    return this.#isClosed || this.#isEnded
  }

  /** What came after the last whole answer. */
  get rest(): Buffer {
    return this.#reader.rest
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Resolves when the system has taken all of it, which it does while the server reads, or when the connection is gone. */
  sent(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()))
  }

  /** In pieces, each in a packet of its own where the system plays along. */
  async dribble(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      this.#socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Takes nothing more of what the server says. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Takes what the server says again. */
  readOn(): void {
    this.#socket.resume()
  }

  /** Says that nothing more comes from here; what the server says is still heard. */
  end(): void {
    this.#socket.end()
  }

  /** Goes away at once, with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  close(): void {
    this.#socket.destroy()
  }

  /**
   * The next answer; null when the connection is over without one.
   *
   * @throws NoHttp; LateAnswer when it takes too long
   */
  async answer(method: string, patienceMs: number): Promise<Answer | null> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const answer = this.#reader.next(method)
      if (answer !== null) return answer
      if (this.isOver) return null
      await this.#movement(deadline, 'no answer came')
    }
  }

  /** Resolves when the server has closed the connection; rejects when it does not in time. */
  async over(patienceMs: number): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (!this.isOver) await this.#movement(deadline, 'the server did not close the connection')
  }

  async #movement(deadline: number, otherwise: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve, reject) => {
      this.#moved = resolve
      const leftMs = deadline - performance.now()
      timer = setTimeout(() => reject(new LateAnswer(otherwise)), Math.max(0, leftMs))
    }).finally(() => clearTimeout(timer))
  }
}

/** The server took longer than it may. */
export class LateAnswer extends Error {}
