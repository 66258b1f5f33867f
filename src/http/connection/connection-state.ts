import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { CallContext } from '../call-context.ts'

declare module 'node:net' {
  interface Socket {
    /** Set as soon as the connection is accepted. See `connectionOf`. */
    connectionState?: ConnectionState
  }
}

/** What the server knows about one connection. Nothing else is added to Node's socket. */
export class ConnectionState {
  /** The latest call. */
  latestCall: CallContext | null = null
  /** Its bytes could not be read, or too many calls came. It ends as soon as its accepted calls are answered. */
  isUnreadable = false
  /** Answers that are not sent yet, oldest first. Null as long as each call comes after the answer before it. */
  unanswered: ServerResponse[] | null = null
  /** The parser already reads on after calls that offer another protocol. */
  readsOnBehindOffers = false
  /** Node's own listeners, which release its calls when it closes. */
  readonly closeListeners: readonly (() => void)[]

  private constructor(closeListeners: readonly (() => void)[]) {
    this.closeListeners = closeListeners
  }

  /** Call this once, after Node has accepted the connection and before anything else listens to it. */
  static begin(socket: Socket): void {
    socket.connectionState = new ConnectionState(socket.listeners('close') as (() => void)[])
  }
}

/** The state of a connection that was passed to `ConnectionEnds`. */
export function connectionOf(socket: Socket): ConnectionState {
  return socket.connectionState!
}
