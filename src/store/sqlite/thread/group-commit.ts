import type { Millis } from '../../../domain/time.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { problemOf } from '../file/storage-problem.ts'
import { perform } from '../operations/index.ts'
import type { Session } from '../session/session.ts'
import type { CallMessage, Reply, ReplyMessage } from './messages.ts'

/**
 * Runs calls in order, in one transaction, and commits once. So many calls share one fsync, and no caller
 * gets an answer before its change is on disk. If a call fails unexpectedly, the transaction is rolled back
 * and each call runs in one of its own. Then only the faulty call fails.
 *
 * @param msMax no call but the first one begins later than this; the rest is left to the next transaction
 * @param figures where each commit is counted
 * @returns the replies to the calls that were run, which are the first ones
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
    // Nobody can write now, and finding that out took its time. So the calls are not repeated.
    return calls.map(([number]) => [number, failure(error)])
  }
  const endsAt = performance.now() + msMax
  let startedCount = 0
  try {
    const replies: ReplyMessage[] = []
    for (const [number, name, params] of calls) {
      if (startedCount > 0 && performance.now() >= endsAt) break
      startedCount++
      replies.push([number, perform(session, name, params)])
    }
    const commitBeganAt = performance.now()
    session.commit()
    figures?.committed(startedCount, performance.now() - commitBeganAt, session.syncMs)
    return replies
  } catch (error) {
    session.rollback()
    if (startedCount === 1) return [[calls[0]![0], failure(error)]]
    return calls.slice(0, startedCount).flatMap((call) => runTogether(session, [call], msMax, figures))
  }
}

/** If the disk or the file fails, the caller may repeat the call. Any other failure is a fault of ours. */
function failure(error: unknown): Reply {
  const problem = problemOf(error)
  if (problem !== null) return { refused: 'storeUnavailable', values: { problem } }
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
