import { verifyDatabase } from '../maintenance/verify.ts'
import { QueueTotals } from '../session/queue-totals.ts'
import type { Session } from '../session/session.ts'

/**
 * Walks the whole file and lists what contradicts itself; empty when all is well. The tests run it after everything they
 * do. It is not for a busy server: no command and no call of the API leads here, `headlock verify` reads beside the server.
 */
export function check(session: Session): string[] {
  for (const queueNumber of session.unsavedNumbers()) session.save(queueNumber)
  const { damage, findings, unreadable } = verifyDatabase(session.db, session.now)
  return [
    ...totalsThatAreWrong(session),
    ...findings.texts(),
    ...unreadable.texts(),
    ...damage.map((text) => `SQLite: ${text}`),
  ]
}

/** What is kept in memory alone is compared here and nowhere else. */
function totalsThatAreWrong({ db, totals }: Session): string[] {
  const counted = new QueueTotals(db)
  const users = db.prepare('SELECT id FROM users').all() as unknown as { id: string }[]
  return users
    .filter(({ id }) => [true, false].some((all) => counted.of(id, all) !== totals.of(id, all)))
    .map(({ id }) => `the number of queues of the user ${id} is kept wrong`)
}
