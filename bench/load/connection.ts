import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

const headEnd = Buffer.from('\r\n\r\n')
/** The end of `Content-Length: `, however its words are written. */
const lengthNameEnd = Buffer.from('ength: ')
const carriageReturn = 13

/**
 * One keep-alive connection with one call in flight. It knows just enough HTTP to read answers with a Content-Length,
 * so that the load costs little of the machine that it shares with the server.
 */
export class Connection {
  readonly #socket: Socket
  #buffered: Buffer | null = null
  #waiting: ((answer: Answer) => void) | null = null
  #failed: ((error: Error) => void) | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => this.#failed?.(new Error('The server closed the connection')))
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
      socket.once('error', reject)
    })
  }

  /** One to each of the ports. When one of them fails, the others are closed again. */
  static async openAll(ports: readonly number[]): Promise<Connection[]> {
    const tried = await Promise.allSettled(ports.map((port) => Connection.open(port)))
    const opened = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = tried.find((one) => one.status === 'rejected')
    if (failed === undefined) return opened
    for (const connection of opened) connection.close()
    throw failed.reason
  }

  /** @param message a whole HTTP request, headers and body */
  call(message: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = resolve
      this.#failed = reject
      // While no call was under way nobody heard of it.
      if (this.#socket.destroyed) reject(new Error('The server closed the connection'))
      else this.#socket.write(message)
    })
  }

  close(): void {
    this.#failed = null
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const data = this.#buffered === null ? chunk : Buffer.concat([this.#buffered, chunk])
    const end = data.indexOf(headEnd)
    if (end < 0) {
      this.#buffered = data
      return
    }
    const status = (data[9]! - 48) * 100 + (data[10]! - 48) * 10 + (data[11]! - 48)
    const bodyStart = end + headEnd.length
    const length = status === 204 ? 0 : contentLength(data, end)
    if (data.length < bodyStart + length) {
      this.#buffered = data
      return
    }
    this.#buffered = null
    const waiting = this.#waiting!
    this.#waiting = null
    this.#failed = null
    waiting({ status, body: data.subarray(bodyStart, bodyStart + length) })
  }
}

function contentLength(data: Buffer, end: number): number {
  const at = data.indexOf(lengthNameEnd)
  if (at < 0 || at > end) throw new Error(`An answer without Content-Length: ${data.subarray(0, end)}`)
  let length = 0
  for (let index = at + lengthNameEnd.length; data[index] !== carriageReturn; index++) {
    length = length * 10 + (data[index]! - 48)
  }
  return length
}
