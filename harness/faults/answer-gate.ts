/** A line to a PostgreSQL on which connections come about, and the answers to what is asked on them can be held. */
import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'

/** What the server says when it has answered and waits for more: ReadyForQuery, without the state that follows. */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5])

interface Line {
  readonly client: Socket
  readonly server: Socket
  /** So many answers may still pass, that to the start included. */
  answersLeft: number
  readonly held: Buffer[]
}

/** Whoever asks waits for each answer before the next statement, as the connections that are made to look around do. */
export class AnswerGate {
  readonly port: number
  /** Is told of every new connection, with how many there have been. */
  onLine: (count: number) => void = () => {}
  readonly #listener: Server
  readonly #lines = new Set<Line>()
  #lineCount = 0
  #answersMax = Number.POSITIVE_INFINITY

  private constructor(listener: Server, port: number, targetPort: number) {
    this.#listener = listener
    this.port = port
    listener.on('connection', (client) => this.#join(client, targetPort))
  }

  /** A gate before the server of that URL, and the URL that leads through it. */
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

  /** Of new connections, all that comes from the server after their start and so many answers is held. */
  hold(answers = 0): void {
    this.#answersMax = answers + 1
  }

  /** What was held arrives, and nothing is held any more. */
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
    this.#lineCount++
    this.onLine(this.#lineCount)
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
