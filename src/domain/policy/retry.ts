import type { Millis } from '../time.ts'
import type { RetryCurve } from './policy.ts'

/**
 * How long a request waits that is given back with a higher retry count (13.9), in whole milliseconds. However high the count, it is no more than the curve's maximum.
 *
 * @param retryCount the new one, at least 1
 */
export function retryDelay({ initialMs, factor, maxMs }: RetryCurve, retryCount: number): Millis {
  return Math.floor(Math.min(maxMs, initialMs * factor ** (retryCount - 1)))
}
