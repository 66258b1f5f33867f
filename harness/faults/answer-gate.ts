/** A proxy before PostgreSQL. Connections succeed, but answers on them can be held back. */
import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'

/**
 * ReadyForQuery without its status byte: PostgreSQL sends it when it has answered and waits for the next
 * statement.
 */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5])

interface Line {
  readonly client: Socket
  readonly server: Socket
  /** How many more answers may pass, including the answer to the startup. */
  answersLeft: number
  readonly held: Buffer[]
}

/** It assumes that a client waits for each answer before it sends the next statement, as health checks do. */
export class AnswerGate {
  readonly port: number
  /** Called for every new connection, with the number of connections so far. */
  onLine: (count: number) => void = () => {}
  readonly #listener: Server
  readonly #lines = new Set<Line>()
  #connectionCount = 0
  #answersMax = Number.POSITIVE_INFINITY

  private constructor(listener: Server, port: number, targetPort: number) {
    this.#listener = listener
    this.port = port
    listener.on('connection', (client) => this.#join(client, targetPort))
  }

  /** Opens a gate before the server of that URL. Returns it with the URL that leads through it. */
  static async before(url: string): Promise<{ gate: AnswerGate; url: string }> {
    const through = new URL(url)
    const listener = createServer({ noDelay: true, allowHalfOpen: true })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as { port: number }
    const gate = new AnswerGate(listener, port, Number(through.port))
    through.hostname = '127.0.0.1'
    through.port = String(port)
    return { gate, url: through.href }
  }

  /** On new connections, holds everything after the startup and so many answers. */
  hold(answers = 0): void {
    this.#answersMax = answers + 1
  }

  /** Delivers what was held, and holds nothing any more. */
  open(): void {
    this.#answersMax = Number.POSITIVE_INFINITY
    for (const line of this.#lines) {
      line.answersLeft = Number.POSITIVE_INFINITY
      for (const bytes of line.held.splice(0)) line.client.write(bytes)
      if (line.server.readableEnded) line.client.end()
    }
  }

  /** Cuts every connection. */
  cutAll(): void {
    for (const { client, server } of this.#lines) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    this.#lines.clear()
  }

  async close(): Promise<void> {
    this.#listener.close()
    this.cutAll()
    if (this.#listener.listening) await once(this.#listener, 'close')
  }

  #join(client: Socket, targetPort: number): void {
    const server = new Socket({ allowHalfOpen: true })
    server.setNoDelay(true)
    this.#connectionCount++
    this.onLine(this.#connectionCount)
    const line: Line = { client, server, answersLeft: this.#answersMax, held: [] }
    this.#lines.add(line)
    client.on('data', (bytes) => server.write(bytes))
    client.on('end', () => server.end())
    server.on('data', (bytes: Buffer) => this.#answer(line, bytes))
    server.on('end', () => {
      if (line.answersLeft > 0) client.end()
    })
    client.on('close', () => {
      server.destroy()
      this.#lines.delete(line)
    })
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    server.connect(targetPort, '127.0.0.1')
  }

  #answer(line: Line, bytes: Buffer): void {
    if (line.answersLeft === 0) {
      line.held.push(bytes)
      return
    }
    line.client.write(bytes)
    if (bytes.subarray(-6, -1).equals(readyForQuery)) line.answersLeft--
  }
}
