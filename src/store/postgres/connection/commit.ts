import type { ClientBase } from 'pg'
import { tryToFly } from './flight.ts'
import { type Bound, bind, statement } from './statement.ts'

/**
 * The transaction failed after its commit was sent, so it may have been committed or not. A retry could apply
 * it twice. Therefore the callers get an error, and can safely repeat their calls (11.5).
 */
export class CommitUnknown extends Error {}

/**
 * Error classes that mean that PostgreSQL itself rolled back the transaction at commit: a deferred constraint
 * or trigger (23, P0), a conflict with another transaction (40), a transaction that had failed before (25).
 * Any other error of a commit may come from something behind the server that did commit: a node of a cluster
 * (XX000, 08), or a proxy.
 */
const undoingClasses = new Set(['23', '25', '40', 'P0'])

const commitStatement = bind(statement('COMMIT'), [])

/**
 * Sends the commit in one flight with the writes before it. Only the answer to the commit proves it. If a write fails,
 * the database skips the commit.
 *
 * @throws CommitUnknown if nobody knows whether it was committed (11.5), and the error of the database if it was not
 */
export async function commit(client: ClientBase, writes: readonly Bound[]): Promise<void> {
  const flown = await tryToFly(client, [...writes, commitStatement])
  if (Array.isArray(flown)) {
    const { command } = flown.at(-1)!
    if (command === 'COMMIT') return
    // PostgreSQL answers a commit of a failed transaction with ROLLBACK, not with an error.
    throw new Error(`The database answered a commit with ${command}`)
  }
  const { error, answeredCount } = flown
  const wasSkipped = answeredCount < writes.length && isPlain(error)
  if (wasSkipped || isUndoing(error)) throw error
  throw new CommitUnknown(error instanceof Error ? error.message : String(error), { cause: error })
}

/** The one code of class 40 that says the opposite. */
const completionUnknown = '40003'

function isUndoing(error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  return isPlain(error) && code !== completionUnknown && undoingClasses.has(code.slice(0, 2))
}

/**
 * Whether the database answered a statement with an error, and the connection goes on. A fatal error may come from
 * something behind the database. The database writes the severity in its own language, so a word that is not known
 * says nothing. Then the code does.
 */
function isPlain(error: unknown): boolean {
  const { severity, code } = error as { severity?: string; code?: string }
  if (severity === undefined || severity === 'ERROR') return severity !== undefined
  return severity !== 'FATAL' && severity !== 'PANIC' && code !== undefined && !endsConnection.test(code)
}

/** A lost connection, a stopping server, a failure of the system or of the database itself, and a transaction that took too long. */
const endsConnection = /^(?:08|57P|58|XX|25P0[34])/
