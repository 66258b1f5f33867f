import { verdictOf } from '../../domain/insight/verdict.ts'
import type { HeadItem } from '../../domain/request.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import type { Explanation } from '../../store/params/insight.ts'

/**
 * Why head/lock gives what it gives, as callers see it (14.1).
 *
 * @param next its requests with their texts
 * @param clientKey the client that wants to know; undefined: nobody in particular
 */
export function explanationOf(
  explanation: Explanation,
  next: readonly HeadItem[],
  clientKey: string | undefined,
): object {
  const { isPaused, counts, capped, locked, held, nextAvailableAt } = explanation
  return {
    verdict: verdictOf(explanation, clientKey),
    paused: isPaused,
    counts,
    capped,
    locked: locked.map((holder) => ({ ...holder, nextExpiryAt: toIso(holder.nextExpiryAt) })),
    held: held.map((host) => ({ ...host, until: isoOrNull(host.until) })),
    nextAvailableAt: isoOrNull(nextAvailableAt),
    next: next.map(({ id, uniqueKey, url, method, retryCount }) => ({
      id,
      uniqueKey,
      url,
      method,
      retryCount,
    })),
  }
}

function isoOrNull(at: Millis | null): string | null {
  return at === null ? null : toIso(at)
}
