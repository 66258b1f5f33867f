import type { Socket } from 'node:net'

/** The connections of a server on which calls may come. */
export class Connections {
  readonly #sockets = new Set<Socket>()

  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  /**
   * Has Node close those that are idle. For Node a connection is that when its answer is written, though much of it may not have
   * left yet: those are spared.
   */
  closeIdle(closeIdleConnections: () => void): void {
    const sending = [...this.#sockets].filter(({ writableLength }) => writableLength > 0)
    for (const socket of sending) socket.destroy = () => socket
    closeIdleConnections()
    // That of its class comes to light again.
    for (const socket of sending) Reflect.deleteProperty(socket, 'destroy')
  }
}
