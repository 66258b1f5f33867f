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
  /** All of the measurement; less only where the load ran dry before its end: then until the last answer. */
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** Seconds after the beginning at which each mark was reached. */
  readonly markSeconds: readonly number[]
}

/**
 * Counts what is done between the end of the warm-up and the end of the measurement, and how long each call took that was
 * made between them, be it answered later: the slowest ones are. It begins when it is made.
 */
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
  #ranDry = false

  constructor({ warmUpMs, measureMs, markEvery }: MeasurementAsk) {
    this.#from = this.startedAt + warmUpMs
    this.#to = measureMs === null ? Number.POSITIVE_INFINITY : this.#from + measureMs
    this.#lastAnswerAt = this.#from
    this.#markEvery = markEvery
  }

  isOver(): boolean {
    return performance.now() >= this.#to
  }

  /**
   * A call was answered just now.
   *
   * @param calledAt from which on it counts
   * @param sentAt when it was made; later where its caller had to wait for a free connection
   */
  answered(calledAt: number, sentAt = calledAt): void {
    const now = performance.now()
    // A rate that cannot be kept makes calls whose turn was long ago: they are not left out.
    if (this.#isWithin(sentAt)) this.#latency.record(Math.max(1, Math.round((now - calledAt) * 1e6)))
    if (now >= this.#from) this.#lastAnswerAt = now
    if (this.#isWithin(now)) this.#calls++
  }

  /** So many requests are done. */
  moved(requests: number): void {
    const now = performance.now()
    if (!this.#isWithin(now)) return
    this.#requests += requests
    if (this.#markEvery === null) return
    while (this.#requests >= (this.#markSeconds.length + 1) * this.#markEvery) {
      this.#markSeconds.push((now - this.#from) / 1000)
    }
  }

  /** There was nothing left to do just now. After the end that changes nothing. */
  ranDry(): void {
    if (!this.isOver()) this.#ranDry = true
  }

  /**
   * To be called when all calls are answered.
   *
   * @throws Error when nothing was left to do before the warm-up was over
   */
  result(): MeasurementResult {
    const latency = this.#latency
    // A stall at the end is part of the time; only where there was nothing left to do the rest of it is not.
    const endedAt = this.#ranDry ? Math.min(this.#to, this.#lastAnswerAt) : this.#to
    if (endedAt === this.#from) throw new Error('There was nothing left to do before the warm-up was over')
    return {
      calls: this.#calls,
      requests: this.#requests,
      seconds: (endedAt - this.#from) / 1000,
      p50Ms: latency.percentile(50) / 1e6,
      p99Ms: latency.percentile(99) / 1e6,
      p999Ms: latency.percentile(99.9) / 1e6,
      maxMs: latency.max / 1e6,
      markSeconds: this.#markSeconds,
    }
  }

  #isWithin(moment: number): boolean {
    return moment >= this.#from && moment < this.#to
  }
}
