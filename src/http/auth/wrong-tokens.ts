import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import { callerNetwork } from '../browsers/addresses.ts'
import type { Entrance } from '../entrance.ts'
import type { WrongTokenTable } from './wrong-token-table.ts'

/** More than a mistyped token, or a few workers with an old token, cause in a minute. */
const wrongTokensPerMinuteMax = 20

interface WrongTokensParts {
  readonly table: WrongTokenTable
  readonly entrance: Pick<Entrance, 'callerOf'>
  readonly logger: Logger
  /** Milliseconds from any starting point that is the same for all threads. */
  now(): number
}

/**
 * Refuses calls with wrong tokens. The answer is 401. After twenty from one address within a minute it is 429, with the time
 * after which to try again. No call is delayed, and only a count is kept in memory.
 *
 * Valid tokens from the same address still work: many callers may share an address, and one of them with an old token
 * must not block the others. So this does not prevent guessing. The length of tokens does.
 */
export class WrongTokens {
  readonly #parts: WrongTokensParts

  constructor(parts: WrongTokensParts) {
    this.#parts = parts
  }

  /** Counts a call with a wrong token and returns its refusal. */
  refusalOf(message: IncomingMessage): HeadlockError {
    const { table, entrance, now } = this.#parts
    const address = callerNetwork(entrance.callerOf(message))
    const { count, secondsLeft } = table.count(address, now())
    if (count <= wrongTokensPerMinuteMax) return new HeadlockError('tokenNotValid')
    if (count === wrongTokensPerMinuteMax + 1) this.#log(address)
    const values = { limit: wrongTokensPerMinuteMax, retryAfterSeconds: secondsLeft }
    return new HeadlockError('tooManyWrongTokens', values)
  }

  #log(address: string): void {
    const { table, logger, now } = this.#parts
    const line = table.logLine(now())
    if (line === null) return
    const leftOut = line.leftOut === 0 ? {} : { addressesLeftOut: line.leftOut }
    logger.warn(
      { address, wrongTokens: wrongTokensPerMinuteMax, ...leftOut },
      'many wrong tokens from one address: wrong tokens from it are answered with 429 until the minute is over',
    )
  }
}
