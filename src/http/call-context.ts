import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Caller } from '../domain/caller.ts'
import type { HeadlockError } from '../domain/errors.ts'

declare module 'node:http' {
  interface IncomingMessage {
    /** Set as soon as the call arrives. See `callOf`. */
    call?: CallContext
  }
}

/** What the server knows about one call under way. Nothing else is added to Node's message. */
export class CallContext {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** In milliseconds of `performance.now()`. */
  readonly beganAt: number = performance.now()
  /** Identifies the call in the log and in a 500 answer. */
  id = ''
  /** Set by the guard. Null on routes that need no token. */
  caller: Caller | null = null
  /** The number of its route (route-numbers.ts). 0 until a route takes it. */
  routeNumber = 0
  /** How much memory this call holds. Null while it is too little to count (admission.ts). */
  heldBytes: number | null = null
  /** How long the call waited for requests to be available (waiting/waiting.ts). That is no work. */
  waitedMs = 0
  /** Why the rest of the body cannot be read. Null while it can. */
  brokenBy: HeadlockError | null = null

  #settleBroken: ((refusal: HeadlockError) => void) | null = null

  private constructor(message: IncomingMessage, response: ServerResponse) {
    this.message = message
    this.response = response
  }

  /** Call this before anything else is done with the call. */
  static begin(message: IncomingMessage, response: ServerResponse): CallContext {
    const call = new CallContext(message, response)
    message.call = call
    return call
  }

  /** Notifies the reader of the body that the rest will not come. @param refusal the answer to the call */
  breakBody(refusal: HeadlockError): void {
    this.brokenBy = refusal
    this.#settleBroken?.(refusal)
  }

  /** Calls `settle` when `breakBody` is called, or at once if it was called before. Only the one reader of the body may call this. */
  onBrokenBody(settle: (refusal: HeadlockError) => void): void {
    this.#settleBroken = settle
    if (this.brokenBy !== null) settle(this.brokenBy)
  }

  /** Runs `undo` if the connection closes before the answer is delivered (rule 4.6). */
  async ifUndelivered(undo: () => void): Promise<void> {
    // The close may have arrived together with the store's answer. This turn lets Node process it.
    await setImmediate()
    const { socket } = this.message
    if (socket.destroyed || socket.writableEnded) return undo()
    let delivered = false
    this.response.once('finish', () => {
      delivered = true
    })
    this.response.once('close', () => {
      if (!delivered) undo()
    })
  }
}

/** The context of a call that went through `way-in.ts`. */
export function callOf(message: IncomingMessage): CallContext {
  return message.call!
}
