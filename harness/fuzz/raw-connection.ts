/** One connection to the server: sends bytes and reads answers. */
import { connect, type Socket } from 'node:net'
import { type Answer, AnswerReader } from './answer-reader.ts'

export class RawConnection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #isClosed = false
  #isEnded = false
  /** Called when bytes have arrived or the connection has ended. */
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
    // A server may close a connection with a reset. The caller decides whether that is a fault.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.#isClosed = true
      this.#moved()
    })
  }

  /** Resolves when the connection is established, or has failed. */
  get opened(): Promise<void> {
    if (!this.#socket.connecting) return Promise.resolve()
    return new Promise((resolve) => {
      this.#socket.once('connect', () => resolve())
      this.#socket.once('close', () => resolve())
    })
  }

  /** Whether it is established and not closed by either side. */
  get isStanding(): boolean {
    return !this.#socket.connecting && !this.isOver
  }

  /** Whether the server has closed it, so that no more answers can come. */
  get isOver(): boolean {
    return this.#isClosed || this.#isEnded
  }

  /** Bytes received after the last whole answer. */
  get rest(): Buffer {
    return this.#reader.rest
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /**
   * Resolves when the system has taken all bytes, which needs a server that reads, or when the connection is
   * gone.
   */
  sent(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()))
  }

  /** Sends pieces, each in a packet of its own where the system allows it. */
  async sendInPieces(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      this.#socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Stops reading what the server sends. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Reads again. */
  readOn(): void {
    this.#socket.resume()
  }

  /** Closes the sending side. Answers are still read. */
  end(): void {
    this.#socket.end()
  }

  /** Resets the connection at once. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  close(): void {
    this.#socket.destroy()
  }

  /**
   * The next answer; null when the connection ended without one.
   *
   * @throws InvalidHttp; LateAnswer when it takes too long
   */
  async answer(method: string, timeoutMs: number): Promise<Answer | null> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const answer = this.#reader.next(method)
      if (answer !== null) return answer
      if (this.isOver) return null
      await this.#movement(deadline, 'no answer came')
    }
  }

  /** Resolves when the server has closed the connection; rejects when that takes too long. */
  async over(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
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

/** The server took longer than the time limit. */
export class LateAnswer extends Error {}
