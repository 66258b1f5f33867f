import { Server, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Millis } from '../../domain/time.ts'
import type { ConnectionEnds } from './connection-ends.ts'
import { Connections } from './connections.ts'

/** The certificate and key of a server, both as PEM. Intermediate certificates follow the certificate. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
}

/** Bounds the TLS handshake. A caller that takes longer only occupies a connection. */
const handshakeMs: Millis = 20_000

/** The same as `HttpServer`, but with TLS. */
export class HttpsServer extends Server {
  readonly #connectionEnds: ConnectionEnds
  readonly #connections = new Connections()
  /** Connections in their handshake, by the address of the other end. Node's HTTP server does not know them yet. */
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
      // Has to be first: it keeps the listeners that it finds, and only Node's are there yet.
      connectionEnds.addConnection(socket)
      this.#connections.add(socket)
    })
    // Node would answer with plain HTTP, which a caller that expects TLS cannot read.
    this.removeAllListeners('tlsClientError')
    this.on('tlsClientError', (_error, socket) => socket.destroy())
    this.on('connect', (_message, socket) => connectionEnds.refuseTunnel(socket as Socket))
  }

  /** Uses another certificate and key for new connections. Open connections stay as they are. */
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
