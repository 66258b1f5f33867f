import type { CallMessage, Reply, ReplyMessage } from './messages.ts'
import { perform } from './operations/index.ts'
import type { Session } from './session.ts'

/**
 * Runs calls in order, in one transaction, and commits once: many calls share one fsync, and nobody hears an answer
 * before the disk does. A call that fails unexpectedly takes the transaction with it; then each runs in one of its
 * own, so that only the guilty one fails.
 */
export function runTogether(session: Session, calls: readonly CallMessage[]): ReplyMessage[] {
  try {
    session.begin()
    const replies = calls.map((call): ReplyMessage => [call[0], perform(session, call[1], call[2])])
    session.commit()
    return replies
  } catch (error) {
    session.rollback()
    if (calls.length === 1) return [[calls[0]![0], failure(error)]]
    return calls.flatMap((call) => runTogether(session, [call]))
  }
}

function failure(error: unknown): Reply {
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
