import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Spreads connections over servers, as a load balancer does. A server that is gone gets none. */
export class Balancer {
  readonly url: string
  readonly #listener: Server
  readonly #ports: readonly number[]
  readonly #sockets = new Set<Socket>()
  #turn = 0

  private constructor(listener: Server, ports: readonly number[]) {
    this.#listener = listener
    this.#ports = ports
    this.url = `http://127.0.0.1:${(listener.address() as { port: number }).port}`
    listener.on('connection', (client) => this.#serve(client))
  }

  /** @param ports of the local servers */
  static async start(ports: readonly number[]): Promise<Balancer> {
    const listener = createServer({ noDelay: true })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new Balancer(listener, ports)
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #serve(client: Socket): void {
    this.#keep(client)
    this.#turn++
    this.#tryServers(client, this.#turn, this.#ports.length)
  }

  /** Tries the servers in turn, beginning with the next one, until one accepts the connection. */
  #tryServers(client: Socket, turn: number, tries: number): void {
    if (tries === 0 || client.destroyed) {
      client.destroy()
      return
    }
    const server = connect({
      host: '127.0.0.1',
      port: this.#ports[turn % this.#ports.length]!,
      noDelay: true,
    })
    this.#keep(server)
    const next = () => this.#tryServers(client, turn + 1, tries - 1)
    server.once('error', next)
    server.once('connect', () => {
      server.off('error', next)
      client.pipe(server).pipe(client)
      // When one side breaks off, the other side is closed at once.
      client.once('close', () => server.destroy())
      server.once('close', () => client.destroy())
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
