import { Server, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Millis } from '../../domain/time.ts'
import type { ConnectionEnds } from './connection-ends.ts'
import { Connections } from './connections.ts'

/** What a server shows of itself in TLS: both as PEM, the certificate with those between it and a root behind it. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
}

/** From a new connection to the end of its handshake. Who needs longer only keeps a connection. */
const handshakeMs: Millis = 20_000

/** The server of `http-server.ts` behind TLS of its own. */
export class HttpsServer extends Server {
  readonly #connectionEnds: ConnectionEnds
  readonly #connections = new Connections()
  /** Connections whose handshake is not over, by their other end: HTTP knows nothing of them yet. */
  readonly #handshakes = new Map<string, Socket>()

  constructor(options: ServerOptions, { cert, key }: TlsIdentity, connectionEnds: ConnectionEnds) {
    super({ ...options, cert, key, handshakeTimeout: handshakeMs })
    this.#connectionEnds = connectionEnds
    this.on('connection', (socket: Socket) => {
      const end = otherEnd(socket)
      this.#handshakes.set(end, socket)
      socket.on('close', () => this.#handshakes.delete(end))
    })
    this.on('secureConnection', (socket) => {
      this.#handshakes.delete(otherEnd(socket))
      // First: it remembers the listeners that are there, which are Node's.
      connectionEnds.addConnection(socket)
      this.#connections.add(socket)
    })
    // Node would have HTTP answer: in plain text, to somebody with whom there is no common language.
    this.removeAllListeners('tlsClientError')
    this.on('tlsClientError', (_error, socket) => socket.destroy())
    this.on('connect', (_message, socket) => connectionEnds.refuseTunnel(socket as Socket))
  }

  /** For connections that come after it. Those that are there go on as they are. */
  renew({ cert, key }: TlsIdentity): void {
    this.setSecureContext({ cert, key })
  }

  override closeIdleConnections(): void {
    this.#connections.closeIdle(() => super.closeIdleConnections())
    this.#cutHandshakes()
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    this.#connectionEnds.cutTunnels()
    this.#cutHandshakes()
  }

  #cutHandshakes(): void {
    for (const socket of this.#handshakes.values()) socket.destroy()
  }
}

function otherEnd({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
