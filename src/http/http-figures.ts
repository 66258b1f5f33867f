import type { ServerResponse } from 'node:http'
import { type Counter, type FigureShare, Figures, type Histogram } from '../figures/figures.ts'
import { type CallContext, callOf } from './call-context.ts'

/** Counts every call when it ends, including calls that got no answer. */
export class HttpFigures {
  readonly #callMs: Histogram
  /** Indexed by the first digit of the status. */
  readonly #byClass: readonly (Counter | undefined)[]
  readonly #unanswered: Counter
  /** One listener for all calls. A closure for each call would take memory. */
  readonly #ended: (this: ServerResponse) => void

  constructor(share: FigureShare | undefined) {
    const figures = new Figures(share)
    this.#callMs = figures.histogram('callMs')
    const classes = ['2xx', '3xx', '4xx', '5xx'] as const
    const counters = classes.map((status) => figures.counter('calls', { status }))
    this.#byClass = [undefined, undefined, ...counters]
    this.#unanswered = figures.counter('calls', { status: 'none' })
    const count = (response: ServerResponse) => this.#count(response)
    this.#ended = function ended() {
      count(this)
    }
  }

  begin({ response }: CallContext): void {
    response.on('close', this.#ended)
  }

  #count(response: ServerResponse): void {
    const { statusCode, headersSent, req } = response
    const counter = headersSent ? this.#byClass[Math.trunc(statusCode / 100)] : undefined
    ;(counter ?? this.#unanswered).add()
    this.#callMs.observe(performance.now() - callOf(req).beganAt)
  }
}
