import { Latencies, type LatencySummary, summaryOf } from './latencies.ts'

/** How long a load is on, and how closely it is looked at. */
export interface MeasurementAsk {
  readonly warmUpMs: number
  /** Null: until there is nothing left to do. */
  readonly measureMs: number | null
  /** The moment is noted whenever so many requests more are done; null: it is not. */
  readonly markEvery: number | null
}

/** What one process measured of a load. */
export interface Part {
  readonly calls: number
  readonly requests: number
  /** All of the measurement; less only where the load ran dry before its end: then until the last answer. */
  readonly seconds: number
  readonly latenciesMs: Float32Array
  /** Seconds after the beginning at which each mark was reached. */
  readonly markSeconds: readonly number[]
}

export interface MeasurementResult extends Omit<Part, 'latenciesMs'>, LatencySummary {}

/**
 * Counts what is done between the end of the warm-up and the end of the measurement, and how long each call took that was
 * made between them, be it answered later: the slowest ones are. Moments are of `performance.now`, read once an answer.
 */
export class Measurement {
  readonly startedAtMs: number
  readonly #fromMs: number
  readonly #toMs: number
  readonly #markEvery: number | null
  readonly #latencies = new Latencies()
  readonly #markSeconds: number[] = []
  #calls = 0
  #requests = 0
  #lastAnswerAtMs: number
  #ranDry = false

  /** @param startedAtMs when the warm-up begins */
  constructor({ warmUpMs, measureMs, markEvery }: MeasurementAsk, startedAtMs = performance.now()) {
    this.startedAtMs = startedAtMs
    this.#fromMs = startedAtMs + warmUpMs
    this.#toMs = measureMs === null ? Number.POSITIVE_INFINITY : this.#fromMs + measureMs
    this.#lastAnswerAtMs = this.#fromMs
    this.#markEvery = markEvery
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#toMs
  }

  /**
   * A call was answered just now.
   *
   * @param calledAtMs from which on it counts
   * @param sentAtMs when it was made; later where its caller had to wait for a free connection
   */
  answered(nowMs: number, calledAtMs: number, sentAtMs = calledAtMs): void {
    // A rate that cannot be kept makes calls whose turn was long ago: they are not left out.
    if (this.#isWithin(sentAtMs)) this.#latencies.add(nowMs - calledAtMs)
    if (nowMs < this.#fromMs) return
    this.#lastAnswerAtMs = nowMs
    if (nowMs < this.#toMs) this.#calls++
  }

  /** So many requests are done. */
  moved(nowMs: number, requests: number): void {
    if (!this.#isWithin(nowMs)) return
    this.#requests += requests
    if (this.#markEvery === null) return
    while (this.#requests >= (this.#markSeconds.length + 1) * this.#markEvery) {
      this.#markSeconds.push((nowMs - this.#fromMs) / 1000)
    }
  }

  /** There was nothing left to do just now. After the end that changes nothing. */
  ranDry(nowMs: number): void {
    if (!this.isOver(nowMs)) this.#ranDry = true
  }

  /**
   * To be called when all calls are answered.
   *
   * @throws Error when nothing was left to do before the warm-up was over
   */
  result(): Part {
    // A stall at the end is part of the time; only where there was nothing left to do the rest of it is not.
    const endedAtMs = this.#ranDry ? Math.min(this.#toMs, this.#lastAnswerAtMs) : this.#toMs
    if (endedAtMs === this.#fromMs)
      throw new Error('There was nothing left to do before the warm-up was over')
    return {
      calls: this.#calls,
      requests: this.#requests,
      seconds: (endedAtMs - this.#fromMs) / 1000,
      latenciesMs: this.#latencies.valuesMs,
      markSeconds: this.#markSeconds,
    }
  }

  #isWithin(momentMs: number): boolean {
    return momentMs >= this.#fromMs && momentMs < this.#toMs
  }
}

/** What the parts of a load, which went on at the same time, make together. The marks are those of the first. */
export function together(parts: readonly Part[]): MeasurementResult {
  const sum = (count: (part: Part) => number) => parts.reduce((total, part) => total + count(part), 0)
  return {
    calls: sum(({ calls }) => calls),
    requests: sum(({ requests }) => requests),
    seconds: Math.max(...parts.map(({ seconds }) => seconds)),
    markSeconds: parts[0]!.markSeconds,
    ...summaryOf(parts.map(({ latenciesMs }) => latenciesMs)),
  }
}
