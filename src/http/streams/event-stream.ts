import type { FastifyReply } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import { wellFormedJson } from '../api/well-formed.ts'
import { type CallContext, callOf } from '../call-context.ts'

/** A caller that has read nothing for so many events in a row is cut. */
const skippedMax = 30
/** How long a client should wait before it opens the stream again. */
const retryMs = 2000

/** An answer that goes on: server-sent events, until the caller disconnects or the server ends it. */
export class EventStream {
  readonly #raw: FastifyReply['raw']
  readonly #call: CallContext
  #skipped = 0

  /**
   * Sends the head of the answer.
   *
   * @param closed called once, when the stream has ended
   * @throws HeadlockError if the caller has disconnected
   */
  constructor(reply: FastifyReply, closed: () => void) {
    this.#raw = reply.raw
    this.#call = callOf(reply.request.raw)
    if (this.#raw.closed || reply.request.raw.socket.destroyed) {
      throw new HeadlockError('storeUnavailable', { problem: 'the caller is gone' })
    }
    reply.hijack()
    this.#raw.once('close', () => {
      closed()
      // Counts the call, if nothing has ended it.
      this.end()
    })
    this.#raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Some proxies gather an answer before they pass it on.
      'x-accel-buffering': 'no',
    })
    this.send(`retry: ${retryMs}\n\n`)
  }

  /** Sends events. A caller that does not read misses them, so that they do not gather in memory. */
  send(events: string): void {
    this.#noteTime()
    if (this.#raw.writableEnded || this.#raw.destroyed) return
    if (!this.#raw.writableNeedDrain) {
      this.#skipped = 0
      this.#raw.write(events)
    } else if (++this.#skipped > skippedMax) this.#raw.destroy()
  }

  /** @param events the last ones */
  end(events = ''): void {
    this.#noteTime()
    if (!this.#raw.writableEnded) this.#raw.end(events)
  }

  /** The time that it is open is no work. */
  #noteTime(): void {
    this.#call.waitedMs = performance.now() - this.#call.beganAt
  }
}

/** One event. */
export function eventText(name: string, data: unknown): string {
  // JSON has no line breaks of its own.
  return `event: ${name}\ndata: ${wellFormedJson(JSON.stringify(data))}\n\n`
}

/** Shows that the connection is alive. Clients ignore it. */
export const heartbeat = ':\n\n'
