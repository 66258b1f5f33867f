import type { ClientBase, QueryResult } from 'pg'

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

/**
 * Sends the commit together with the writes before it.
 *
 * @throws CommitUnknown if nobody knows whether it was committed (11.5), and the error of the database if it was not
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
  // PostgreSQL answers a commit of a failed transaction with ROLLBACK, not with an error.
  for (const write of written) if (write.status === 'rejected') throw write.reason
  throw new Error(`The database answered a commit with ${command}`)
}

/** The one code of class 40 that says the opposite. */
const completionUnknown = '40003'

function isUndoing(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string }
  return severity === 'ERROR' && code !== completionUnknown && undoingClasses.has(code.slice(0, 2))
}

/**
 * Like `Promise.all`, but settles only when all promises have. So no statement is in flight when the
 * connection is released.
 */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(promises)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T
}
