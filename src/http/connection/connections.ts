import type { Socket } from 'node:net'
import { closeIdle } from './node-internals.ts'

/** The connections of a server on which calls may come. */
export class Connections {
  readonly #sockets = new Set<Socket>()

  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  /** Has Node close those that are idle, and have nothing left to send. */
  closeIdle(closeIdleConnections: () => void): void {
    closeIdle(this.#sockets, closeIdleConnections)
  }
}
