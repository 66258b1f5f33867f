import type { ClientBase, QueryResult } from 'pg'

/**
 * The transaction failed after its commit was sent: it was done or not. Another try could do it twice, so the callers are
 * told, whose repetition is safe (11.5).
 */
export class CommitUnknown extends Error {}

/**
 * Errors by which PostgreSQL itself undoes a transaction that was to commit: a constraint or trigger that was deferred to its end
 * (23, P0), a conflict with another one (40), a transaction that had failed before (25). Any other error of a commit may come from
 * something behind the server that did commit: a node of a cluster that could not say so (XX000, 08), a proxy.
 */
const undoingClasses = new Set(['23', '25', '40', 'P0'])

/**
 * Sends the commit with the writes that it is for.
 *
 * @throws CommitUnknown, and errors of the database after which nothing was done
 */
export async function commit(client: ClientBase, writes: readonly Promise<unknown>[]): Promise<void> {
  const committed = client.query('COMMIT')
  const [outcome, ...written] = await Promise.allSettled([committed, ...writes])
  if (outcome.status === 'rejected') {
    if (isUndoing(outcome.reason)) throw outcome.reason
    const { reason } = outcome
    throw new CommitUnknown(reason instanceof Error ? reason.message : String(reason), { cause: reason })
  }
  const { command } = outcome.value as QueryResult
  if (command === 'COMMIT') return
  // Of a transaction that failed, the database says ROLLBACK, and no error. What it failed by is what a write says.
  for (const write of written) if (write.status === 'rejected') throw write.reason
  throw new Error(`The database answered a commit with ${command}`)
}

function isUndoing(error: unknown): boolean {
  const { severity, code } = error as { severity?: string; code?: string }
  return severity === 'ERROR' && code !== undefined && undoingClasses.has(code.slice(0, 2))
}

/** As `Promise.all`, but settles when all have: no statement is under way when the connection is given back. */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(promises)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T
}
