import { createHistogram } from 'node:perf_hooks'

/** How long a load is on, and how closely it is looked at. */
export interface MeasurementAsk {
  readonly warmUpMs: number
  /** Null: until there is nothing left to do. */
  readonly measureMs: number | null
  /** The moment is noted whenever so many requests more are done; null: it is not. */
  readonly markEvery: number | null
}

export interface MeasurementResult {
  readonly calls: number
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** Seconds after the beginning at which each mark was reached. */
  readonly markSeconds: readonly number[]
}

/** Counts what is done between the end of the warm-up and the end of the measurement. It begins when it is made. */
export class Measurement {
  readonly startedAt = performance.now()
  readonly #from: number
  readonly #to: number
  readonly #markEvery: number | null
  readonly #latency = createHistogram()
  readonly #markSeconds: number[] = []
  #calls = 0
  #requests = 0
  #lastAnswerAt: number

  constructor({ warmUpMs, measureMs, markEvery }: MeasurementAsk) {
    this.#from = this.startedAt + warmUpMs
    this.#to = measureMs === null ? Number.POSITIVE_INFINITY : this.#from + measureMs
    this.#lastAnswerAt = this.#from
    this.#markEvery = markEvery
  }

  isOver(): boolean {
    return performance.now() >= this.#to
  }

  /** A call that began at that moment was answered just now. */
  answered(calledAt: number): void {
    const now = performance.now()
    if (!this.#counts(now)) return
    this.#calls++
    this.#lastAnswerAt = now
    this.#latency.record(Math.max(1, Math.round((now - calledAt) * 1e6)))
  }

  /** So many requests are done. */
  moved(requests: number): void {
    const now = performance.now()
    if (!this.#counts(now)) return
    this.#requests += requests
    if (this.#markEvery === null) return
    while (this.#requests >= (this.#markSeconds.length + 1) * this.#markEvery) {
      this.#markSeconds.push((now - this.#from) / 1000)
    }
  }

  result(): MeasurementResult {
    const latency = this.#latency
    return {
      calls: this.#calls,
      requests: this.#requests,
      seconds: (Math.min(this.#to, this.#lastAnswerAt) - this.#from) / 1000,
      p50Ms: latency.percentile(50) / 1e6,
      p99Ms: latency.percentile(99) / 1e6,
      p999Ms: latency.percentile(99.9) / 1e6,
      maxMs: latency.max / 1e6,
      markSeconds: this.#markSeconds,
    }
  }

  #counts(now: number): boolean {
    return now >= this.#from && now < this.#to
  }
}
