import { ServerResponse } from 'node:http'
import { refusalStatuses, statusClasses } from '../figures/catalogue.ts'
import { type Counter, type FigureShare, Figures, type Histogram } from '../figures/figures.ts'
import { type CallContext, callOf } from './call-context.ts'

const unanswered = statusClasses.indexOf('none')

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
  readonly #figures: Figures
  /** By the number of the route and the class of the status. Made when the first such call is counted. */
  readonly #callMs: (Histogram | undefined)[] = []
  readonly #refusals: ReadonlyMap<string, Counter>

  constructor(share: FigureShare | undefined) {
    this.#figures = new Figures(share)
    this.#refusals = new Map(
      refusalStatuses.map((status) => [status, this.#figures.counter('refusals', { status })]),
    )
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
    this.#observe(call, unanswered)
  }

  #count({ req, statusCode }: ServerResponse): void {
    // Node itself answers what it cannot read as a call.
    if (req.call === undefined) return
    const statusClass = Math.trunc(statusCode / 100) - 2
    const wasAnswered = !req.socket.destroyed && statusClass >= 0 && statusClass < unanswered
    this.#observe(callOf(req), wasAnswered ? statusClass : unanswered)
    if (wasAnswered && statusCode >= 400) {
      const counter = this.#refusals.get(String(statusCode)) ?? this.#refusals.get('other')!
      counter.add()
    }
  }

  #observe(call: CallContext, statusClass: number): void {
    const index = call.routeNumber * statusClasses.length + statusClass
    this.#callMs[index] ??= this.#figures.histogram('callMs', {
      route: String(call.routeNumber),
      status: statusClasses[statusClass]!,
    })
    this.#callMs[index].observe(workMsOf(call))
  }
}

/** How long the call has taken. What it waited for requests on purpose would hide how fast the server is. */
function workMsOf({ beganAt, waitedMs }: CallContext): number {
  return performance.now() - beganAt - waitedMs
}
