/** A proxy between a store and its database that tests can cut and freeze. */
import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'

export type Direction = 'server' | 'client'

/** One connection: the side of the client and the side of the server. */
interface Line {
  readonly client: Socket
  readonly server: Socket
}

interface PlannedCut {
  readonly towards: Direction
  bytesLeft: number
  readonly done: () => void
}

/** Forwards connections to a local port, byte by byte. */
export class TcpProxy {
  readonly port: number
  /** Bytes forwarded so far. */
  readonly forwarded = { server: 0, client: 0 }
  /** How many pieces of bytes came from clients. A store sends statements that go together in one piece, if they are not long. */
  pieceCount = 0
  /** Called for every new connection, with the number of connections so far. */
  onLine: (count: number) => void = () => {}
  readonly #listener: Server
  readonly #lines = new Set<Line>()
  #connectionCount = 0
  #isFrozen = false
  #planned: PlannedCut | null = null

  private constructor(listener: Server, port: number, targetPort: number) {
    this.#listener = listener
    this.port = port
    listener.on('connection', (client) => this.#open(client, targetPort))
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const listener = createServer({ noDelay: true })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as { port: number }
    return new TcpProxy(listener, port, targetPort)
  }

  /** Opens a proxy before the server of that URL. Returns it with the URL that leads through it. */
  static async before(url: string): Promise<{ proxy: TcpProxy; url: string }> {
    const through = new URL(url)
    const proxy = await TcpProxy.start(Number(through.port))
    through.hostname = '127.0.0.1'
    through.port = String(proxy.port)
    return { proxy, url: through.href }
  }

  /** Cuts every connection, as when a cable is pulled and the machine notices. */
  cutAll(): void {
    for (const { client, server } of this.#lines) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    this.#lines.clear()
  }

  /**
   * Forwards so many more bytes in that direction, over all connections, and then cuts all. Resolves after
   * the cut.
   */
  cutAfter(towards: Direction, bytes: number): Promise<void> {
    return new Promise((done) => {
      this.#planned = { towards, bytesLeft: bytes, done }
    })
  }

  /** Cancels planned cuts that have not happened yet. */
  spare(): void {
    this.#planned = null
  }

  /** Holds all bytes in both directions. New connections are accepted, but nothing answers on them. */
  freeze(): void {
    this.#isFrozen = true
    for (const line of this.#lines) hold(line)
  }

  thaw(): void {
    this.#isFrozen = false
    for (const { client, server } of this.#lines) {
      client.resume()
      server.resume()
    }
  }

  async close(): Promise<void> {
    this.#listener.close()
    this.cutAll()
    if (this.#listener.listening) await once(this.#listener, 'close')
  }

  #open(client: Socket, targetPort: number): void {
    const server = new Socket()
    server.setNoDelay(true)
    const line = { client, server }
    this.#lines.add(line)
    this.#join(line, client, server, 'server')
    this.#join(line, server, client, 'client')
    server.connect(targetPort, '127.0.0.1')
    if (this.#isFrozen) hold(line)
    this.#connectionCount++
    this.onLine(this.#connectionCount)
  }

  #join(line: Line, from: Socket, to: Socket, towards: Direction): void {
    from.on('data', (bytes: Buffer) => this.#forward(bytes, to, towards))
    from.on('end', () => to.end())
    // The other side reports its own error, if any. Nobody needs this one.
    from.on('error', () => to.destroy())
    from.on('close', () => {
      to.destroy()
      this.#lines.delete(line)
    })
  }

  #forward(bytes: Buffer, to: Socket, towards: Direction): void {
    if (towards === 'server') this.pieceCount++
    const planned = this.#planned
    if (planned === null || planned.towards !== towards || planned.bytesLeft > bytes.length) {
      if (planned?.towards === towards) planned.bytesLeft -= bytes.length
      this.forwarded[towards] += bytes.length
      to.write(bytes)
      return
    }
    this.#planned = null
    this.forwarded[towards] += planned.bytesLeft
    const cut = () => {
      this.cutAll()
      planned.done()
    }
    if (planned.bytesLeft === 0) cut()
    // A reset may overtake bytes that were written before it. An end does not.
    else to.end(bytes.subarray(0, planned.bytesLeft), cut)
  }
}

function hold({ client, server }: Line): void {
  client.pause()
  server.pause()
}
