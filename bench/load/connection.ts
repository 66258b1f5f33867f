import { connect, type Socket } from 'node:net'
import { AnswerScanner } from './answer-scanner.ts'

/** What comes is read into it and looked at before the next read: one is enough for all connections. */
const readBuffer = Buffer.alloc(65_536)

/** What a connection tells whoever drives it. */
export interface Listener {
  /** An answer has come; it is in the scanner of the connection. */
  answered(): void
  failed(error: Error): void
}

/** One keep-alive connection with one call in flight, without a promise or an object for each. */
export class Connection {
  readonly scanner = new AnswerScanner()
  readonly #socket: Socket
  #listener: Listener | null = null

  private constructor(port: number, opened: () => void, failed: (error: Error) => void) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    })
    this.#socket.once('connect', opened)
    this.#socket.on('error', (error) => {
      failed(error)
      this.#listener?.failed(error)
    })
    this.#socket.on('close', () => this.#listener?.failed(new Error('The server closed the connection')))
  }

  /** One to each of the ports. When one of them fails, the others are closed again. */
  static async openAll(ports: readonly number[]): Promise<Connection[]> {
    const tried = await Promise.allSettled(ports.map((port) => Connection.#open(port)))
    const opened = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = tried.find((one) => one.status === 'rejected')
    if (failed === undefined) return opened
    for (const connection of opened) connection.close()
    throw failed.reason
  }

  static #open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, () => resolve(connection), reject)
    })
  }

  /** From now on it is told of answers, and of the end of the connection. */
  listen(listener: Listener): void {
    this.#listener = listener
    if (this.#socket.destroyed) listener.failed(new Error('The server closed the connection'))
  }

  /**
   * @param message a whole HTTP request, headers and body, which stays as it is until it was answered
   * @param keepsBody whether somebody wants to read the body of the answer
   */
  send(message: Buffer, keepsBody: boolean): void {
    this.scanner.expect(keepsBody)
    this.#socket.write(message)
  }

  close(): void {
    this.#listener = null
    this.#socket.destroy()
  }

  #read(length: number): boolean {
    try {
      if (this.scanner.read(readBuffer, length)) this.#listener?.answered()
    } catch (error) {
      this.#listener?.failed(error as Error)
    }
    return true
  }
}
