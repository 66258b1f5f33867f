import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import { callerNetwork } from '../browsers/addresses.ts'
import type { Entrance } from '../entrance.ts'
import type { WrongTokenTable } from './wrong-token-table.ts'

/** Whoever mistypes a token, or starts some workers with an old one, needs fewer. */
const wrongTokensPerMinuteMax = 20

interface WrongTokensParts {
  readonly table: WrongTokenTable
  readonly entrance: Pick<Entrance, 'callerOf'>
  readonly logger: Logger
  /** Milliseconds from any beginning, the same for all threads. */
  now(): number
}

/**
 * Answers wrong tokens: 401, and after twenty from one address within a minute 429, which tells clients to slow down and
 * when to come again. Nobody is kept waiting for it, and nothing is held in memory but a count.
 *
 * A valid token from the same address is none of its business: many callers may share one address, and one with an old token
 * must not stop the others. So this does not make guessing hopeless; the length of tokens does.
 */
export class WrongTokens {
  readonly #parts: WrongTokensParts

  constructor(parts: WrongTokensParts) {
    this.#parts = parts
  }

  /** Has to be told of each call with a token that is not valid; gives what it is refused with. */
  refusalOf(message: IncomingMessage): HeadlockError {
    const { table, entrance, now } = this.#parts
    const address = callerNetwork(entrance.callerOf(message))
    const { count, secondsLeft } = table.count(address, now())
    if (count <= wrongTokensPerMinuteMax) return new HeadlockError('tokenNotValid')
    if (count === wrongTokensPerMinuteMax + 1) this.#tell(address)
    const values = { limit: wrongTokensPerMinuteMax, retryAfterSeconds: secondsLeft }
    return new HeadlockError('tooManyWrongTokens', values)
  }

  #tell(address: string): void {
    const { table, logger, now } = this.#parts
    const line = table.logLine(now())
    if (line === null) return
    const left = line.leftOut === 0 ? {} : { addressesLeftOut: line.leftOut }
    logger.warn(
      { address, wrongTokens: wrongTokensPerMinuteMax, ...left },
      'many wrong tokens from one address: it is answered 429 until its minute is over',
    )
  }
}
