import { Latencies, type LatencySummary, summaryOf } from './latencies.ts'

/** How long a load runs and what is recorded. */
export interface MeasurementOptions {
  readonly warmUpMs: number
  /** Null: until nothing is left to do. */
  readonly measureMs: number | null
  /** Records the time whenever this many more requests are done; null: never. */
  readonly markEvery: number | null
}

/** The measurement of one process. */
export interface Part {
  readonly calls: number
  readonly requests: number
  /** The duration of the measurement. If the load ran out of work, the time until its last answer. */
  readonly seconds: number
  readonly latenciesMs: Float32Array
  /** The seconds after the beginning at which each mark was reached. */
  readonly markSeconds: readonly number[]
}

export interface MeasurementResult extends Omit<Part, 'latenciesMs'>, LatencySummary {}

/**
 * Counts what is done between the end of the warm-up and the end of the measurement. Also records the latency
 * of each call that began in that time, even if it ends later, because those are the slowest. Times are of
 * `performance.now`, read once an answer.
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
  constructor({ warmUpMs, measureMs, markEvery }: MeasurementOptions, startedAtMs = performance.now()) {
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
   * A call was answered now.
   *
   * @param calledAtMs the start of the latency
   * @param sentAtMs when the call was made; later than calledAtMs if its caller had to wait for a free
   *   connection
   */
  answered(nowMs: number, calledAtMs: number, sentAtMs = calledAtMs): void {
    // If a rate cannot be kept, calls are made long after they were due. Those count too.
    if (this.#isWithin(sentAtMs)) this.#latencies.add(nowMs - calledAtMs)
    if (nowMs < this.#fromMs) return
    this.#lastAnswerAtMs = nowMs
    if (nowMs < this.#toMs) this.#calls++
  }

  /** Further requests are done. */
  moved(nowMs: number, requests: number): void {
    if (!this.#isWithin(nowMs)) return
    this.#requests += requests
    if (this.#markEvery === null) return
    while (this.#requests >= (this.#markSeconds.length + 1) * this.#markEvery) {
      this.#markSeconds.push((nowMs - this.#fromMs) / 1000)
    }
  }

  /** Nothing was left to do. After the end this has no effect. */
  ranDry(nowMs: number): void {
    if (!this.isOver(nowMs)) this.#ranDry = true
  }

  /**
   * Must be called when all calls are answered.
   *
   * @throws Error when nothing was left to do before the warm-up was over
   */
  result(): Part {
    // A stall at the end counts. The rest of the time does not count if nothing was left to do.
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

/** Combines the parts of a load that ran at the same time. The marks are those of the first part. */
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
