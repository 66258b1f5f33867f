import { verifyDatabase } from '../maintenance/verify.ts'
import { pendingInFigures } from '../series/count-pending.ts'
import { QueueTotals } from '../session/queue-totals.ts'
import type { Session } from '../session/session.ts'

/**
 * Checks the whole file and lists every contradiction. Tests run it after everything they do. It would block
 * a busy server, so no command and no API call uses it. `headlock verify` reads beside the server instead.
 */
export function check(session: Session): string[] {
  for (const queueNumber of session.unsavedNumbers()) session.save(queueNumber)
  for (const queueNumber of session.figures.unsavedNumbers()) session.figures.save(queueNumber)
  session.groups.flush()
  session.figures.flush()
  const { damage, findings, unreadable } = verifyDatabase(session.db, session.now)
  return [
    ...wrongTotals(session),
    ...wrongPending(session),
    ...findings.texts(),
    ...unreadable.texts(),
    ...damage.map((text) => `SQLite: ${text}`),
  ]
}

/** Checks the totals, which are kept only in memory. */
function wrongTotals({ db, totals }: Session): string[] {
  const counted = new QueueTotals(db)
  const users = db.prepare('SELECT id FROM users').all() as unknown as { id: string }[]
  return users
    .filter(({ id }) => [true, false].some((all) => counted.of(id, all) !== totals.of(id, all)))
    .map(({ id }) => `the number of queues of the user ${id} is kept wrong`)
}

/** Checks the pending requests of the figures of the server. What the running transaction has done is not in them. */
function wrongPending(session: Session): string[] {
  const known = pendingInFigures(session.db) + session.pendingChange
  const counted = Number(
    session.db.prepare('SELECT coalesce(sum(total_count - handled_count), 0) AS pending FROM queues').get()![
      'pending'
    ],
  )
  return known === counted ? [] : [`the figures of the server have ${known} pending requests, not ${counted}`]
}
