import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { CallContext } from '../call-context.ts'

declare module 'node:net' {
  interface Socket {
    /** Is there on every connection that has been welcomed; see `connectionOf`. */
    connectionState?: ConnectionState
  }
}

/** What the server knows of one connection. It is all that is added to Node's socket. */
export class ConnectionState {
  /** The call that came last. */
  latestCall: CallContext | null = null
  /** What came on it could not be read, or was too much; it ends as soon as what was taken on is answered. */
  isUnreadable = false
  /** Answers that are still to come, oldest first, where a call came before the one before it was answered. */
  unanswered: ServerResponse[] | null = null
  /** It is read on behind calls that offer another protocol. */
  readsOnBehindOffers = false
  /** What Node does when it has closed: lets go of its calls. */
  readonly closeListeners: readonly (() => void)[]

  private constructor(closeListeners: readonly (() => void)[]) {
    this.closeListeners = closeListeners
  }

  /** To be called once, as soon as Node has taken the connection and before anybody else listens to it. */
  static begin(socket: Socket): void {
    socket.connectionState = new ConnectionState(socket.listeners('close') as (() => void)[])
  }
}

/** The state of a connection that `ConnectionEnds` has welcomed. */
export function connectionOf(socket: Socket): ConnectionState {
  return socket.connectionState!
}
