import type { Session } from '../session.ts'
import { verifyDatabase } from '../verify.ts'

/**
 * Walks the whole file and lists what contradicts itself; empty when all is well. The tests run it after everything they
 * do. It is not for a busy server: no command and no call of the API leads here, `headlock verify` reads beside the server.
 */
export function check(session: Session): string[] {
  session.save()
  const { damage, findings, unreadable } = verifyDatabase(session.db, session.now)
  return [...findings.texts(), ...unreadable.texts(), ...damage.map((text) => `SQLite: ${text}`)]
}
