import type { Logger } from 'pino'
import { randomText } from '../domain/identity.ts'
import type { CallContext } from './call-context.ts'
import { shownPath } from './errors/shown-path.ts'

/** Bounds the cost of the log on a busy server. A quiet server logs every call. */
const linesPerSecondMax = 20

/**
 * Logs one line for each call, up to a rate. Above the rate, calls are only counted, which costs one addition each. The number is
 * logged in the next second that has a call. Tokens are never logged, and long URLs are cut.
 */
export class RequestLog {
  readonly #logger: Logger
  readonly #now: () => number
  /** Part of each ID, so that IDs are also unique across restarts. */
  readonly #start = randomText(6)
  #calls = 0
  #second = -1
  #lines = 0
  #leftOut = 0

  /** @param now milliseconds from any starting point */
  constructor(logger: Logger, now: () => number) {
    this.#logger = logger
    this.#now = now
  }

  /** Gives the call its ID and logs its end. */
  begin(call: CallContext): void {
    this.#calls += 1
    const callId = `${this.#start}-${this.#calls.toString(36)}`
    call.id = callId
    if (!this.#logger.isLevelEnabled('info') || !this.#mayLog()) return

    const { message, response, beganAt } = call
    const path = shownPath(message.url ?? '')
    response.once('close', () => {
      const tookMs = rounded(performance.now() - beganAt)
      // Part of `tookMs`: how long the call waited for requests, because it asked for that.
      const waited = call.waitedMs > 0 ? { waitedMs: rounded(call.waitedMs) } : {}
      const status = response.headersSent ? response.statusCode : null
      const delivered = response.writableFinished
      // Read at the end, because `?method=` replaces it after the call begins (rule 9.6).
      const { method } = message
      const undelivered = delivered ? {} : { delivered }
      this.#logger.info({ callId, method, path, status, tookMs, ...waited, ...undelivered }, 'call')
    })
  }

  #mayLog(): boolean {
    const second = Math.floor(this.#now() / 1000)
    if (second !== this.#second) {
      if (this.#leftOut > 0) this.#logger.info({ leftOut: this.#leftOut }, 'calls left out of the log')
      this.#second = second
      this.#lines = 0
      this.#leftOut = 0
    }
    if (this.#lines < linesPerSecondMax) {
      this.#lines += 1
      return true
    }
    this.#leftOut += 1
    return false
  }
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
