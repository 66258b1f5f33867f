import type { Logger } from 'pino'
import { randomText } from '../domain/identity.ts'
import type { CallContext } from './call-context.ts'
import { shownPath } from './errors/shown-path.ts'

/** Enough to see what a quiet server does; a busy one must not pay for its log. */
const linesPerSecondMax = 20

/**
 * One line for each call, as long as there are few. Above a rate calls are only counted, at the price of one
 * addition each, and the next line says how many. Tokens never get into the log, and lines are short, whatever stands in the
 * URL.
 */
export class RequestLog {
  readonly #logger: Logger
  readonly #now: () => number
  /** IDs of calls differ between starts of the server as well. */
  readonly #start = randomText(6)
  #calls = 0
  #second = -1
  #lines = 0
  #leftOut = 0

  /** @param now milliseconds from any beginning */
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
      const tookMs = Math.round((performance.now() - beganAt) * 1000) / 1000
      const status = response.headersSent ? response.statusCode : null
      const delivered = response.writableFinished
      // What was performed: `?method=` changes it after the call begins (rule 9.6).
      const { method } = message
      this.#logger.info({ callId, method, path, status, tookMs, ...(delivered ? {} : { delivered }) }, 'call')
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
