import { connect, type Socket } from 'node:net'
import { AnswerScanner } from './answer-scanner.ts'

/** One read buffer for all connections. What is read into it is used before the next read. */
const readBuffer = Buffer.alloc(65_536)

/** What a connection calls. */
export interface Listener {
  /** An answer is complete. It is in the scanner of the connection. */
  answered(): void
  failed(error: Error): void
}

/** One keep-alive connection with one call in flight. It creates no promise or object for a call. */
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

  /** Opens one connection to each of the ports. If one fails, the others are closed again. */
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

  /** Calls the listener from now on, for answers and for the end of the connection. */
  listen(listener: Listener): void {
    this.#listener = listener
    if (this.#socket.destroyed) listener.failed(new Error('The server closed the connection'))
  }

  /**
   * @param message a whole HTTP request, headers and body, which must not change until it is answered
   * @param keepsBody whether the body of the answer will be read
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
