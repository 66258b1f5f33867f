import { ServerResponse } from 'node:http'
import { type Counter, type FigureShare, Figures, type Histogram } from '../figures/figures.ts'
import { type CallContext, callOf } from './call-context.ts'

/**
 * Counts every call once: when its answer is complete, even if nobody is there to receive it, or when it is
 * dropped without one.
 */
export class HttpFigures {
  /**
   * The class of the answers. It counts in `end`, which every answer ends with: with a listener for each
   * call, a call that reads a request took 3% more.
   */
  readonly responseClass: typeof ServerResponse
  readonly #callMs: Histogram
  /** Indexed by the first digit of the status. */
  readonly #byClass: readonly (Counter | undefined)[]
  readonly #unanswered: Counter

  constructor(share: FigureShare | undefined) {
    const figures = new Figures(share)
    this.#callMs = figures.histogram('callMs')
    const classes = ['2xx', '3xx', '4xx', '5xx'] as const
    const counters = classes.map((status) => figures.counter('calls', { status }))
    this.#byClass = [undefined, undefined, ...counters]
    this.#unanswered = figures.counter('calls', { status: 'none' })
    const count = (response: ServerResponse) => this.#count(response)
    this.responseClass = class extends ServerResponse {
      override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
        if (!this.writableEnded) count(this)
        return super.end(chunk, encoding as BufferEncoding, callback as () => void)
      }
    } as typeof ServerResponse
  }

  /** Counts a call that was dropped because its caller has disconnected. */
  dropped(call: CallContext): void {
    this.#unanswered.add()
    this.#callMs.observe(workMsOf(call))
  }

  #count({ req, statusCode }: ServerResponse): void {
    // Node itself answers what it cannot read as a call.
    if (req.call === undefined) return
    const counter = req.socket.destroyed ? undefined : this.#byClass[Math.trunc(statusCode / 100)]
    ;(counter ?? this.#unanswered).add()
    this.#callMs.observe(workMsOf(callOf(req)))
  }
}

/** How long the call has taken. What it waited for requests on purpose would hide how fast the server is. */
function workMsOf({ beganAt, waitedMs }: CallContext): number {
  return performance.now() - beganAt - waitedMs
}
