import type { Millis } from '../../../domain/time.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { problemOf } from '../file/storage-problem.ts'
import { perform } from '../operations/index.ts'
import type { Session } from '../session/session.ts'
import type { CallMessage, Reply, ReplyMessage } from './messages.ts'

/**
 * Runs calls in order, in one transaction, and commits once: many calls share one fsync, and nobody hears an answer
 * before the disk does. A call that fails unexpectedly takes the transaction with it; then each runs in one of its
 * own, so that only the guilty one fails.
 *
 * @param msMax no call begins after so long, but the first one; the others are left to the next transaction
 * @param figures is told of each commit
 * @returns the replies to the first of the calls, as many as were run
 */
export function runTogether(
  session: Session,
  calls: readonly CallMessage[],
  msMax: Millis = Number.POSITIVE_INFINITY,
  figures?: StoreFigures,
): ReplyMessage[] {
  try {
    session.begin()
  } catch (error) {
    // Nobody gets to write now, and it took its time to find that out: no call is tried once more.
    return calls.map(([number]) => [number, failure(error)])
  }
  const endsAt = performance.now() + msMax
  let begun = 0
  try {
    const replies: ReplyMessage[] = []
    for (const [number, name, params] of calls) {
      if (begun > 0 && performance.now() >= endsAt) break
      begun++
      replies.push([number, perform(session, name, params)])
    }
    const commitBeganAt = performance.now()
    session.commit()
    figures?.committed(begun, performance.now() - commitBeganAt)
    return replies
  } catch (error) {
    session.rollback()
    if (begun === 1) return [[calls[0]![0], failure(error)]]
    return calls.slice(0, begun).flatMap((call) => runTogether(session, [call], msMax, figures))
  }
}

/** What the disk or the file cannot do is told to the caller, who may repeat the call; the rest is our mistake. */
function failure(error: unknown): Reply {
  const problem = problemOf(error)
  if (problem !== null) return { refused: 'storeUnavailable', values: { problem } }
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
