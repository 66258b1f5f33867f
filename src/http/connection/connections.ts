import type { Socket } from 'node:net'
import { closeIdle } from './node-internals.ts'

/** The open connections of a server. */
export class Connections {
  readonly #sockets = new Set<Socket>()

  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  /** Makes Node close the connections that are idle and have nothing left to send. */
  closeIdle(closeIdleConnections: () => void): void {
    closeIdle(this.#sockets, closeIdleConnections)
  }
}
