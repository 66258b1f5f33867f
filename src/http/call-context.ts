import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Caller } from '../domain/caller.ts'
import type { HeadlockError } from '../domain/errors.ts'

declare module 'node:http' {
  interface IncomingMessage {
    /** Is there from the moment on at which the call comes in; see `callOf`. */
    call?: CallContext
  }
}

/** What the server knows of one call while it is under way. It is all that is added to Node's message. */
export class CallContext {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** In milliseconds of `performance.now()`. */
  readonly beganAt: number = performance.now()
  /** Names the call in the log and in a 500 answer. */
  id = ''
  /** Set by the guard. Null on routes that need no token. */
  caller: Caller | null = null
  /** How much of what is in memory belongs to this call; null where that is little (admission.ts). */
  heldBytes: number | null = null
  /** Why the rest of its body cannot be read. */
  brokenBy: HeadlockError | null = null

  private constructor(message: IncomingMessage, response: ServerResponse) {
    this.message = message
    this.response = response
  }

  /** Has to come first, before anything else is done with the call. */
  static begin(message: IncomingMessage, response: ServerResponse): CallContext {
    const call = new CallContext(message, response)
    message.call = call
    return call
  }

  /** Whoever reads the body is told that it breaks off, with the refusal of the call. */
  breakBody(refusal: HeadlockError): void {
    this.brokenBy = refusal
    this.message.emit(bodyBroken, refusal)
  }

  /** Tells the reader of the body, once, when it breaks off or has done so already. */
  onBrokenBody(settle: (refusal: HeadlockError) => void): void {
    this.message.on(bodyBroken, settle)
    if (this.brokenBy !== null) settle(this.brokenBy)
  }

  /** Runs `undo` when the caller's connection is gone before it has the answer (rule 4.6). */
  async ifUndelivered(undo: () => void): Promise<void> {
    // That it is gone may have come in together with the store's answer: let Node see it first.
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

const bodyBroken = Symbol('the body is broken')

/** The context of a call that has come in by `way-in.ts`. */
export function callOf(message: IncomingMessage): CallContext {
  return message.call!
}
