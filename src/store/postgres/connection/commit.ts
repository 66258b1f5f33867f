import type { ClientBase } from 'pg'

/**
 * The transaction failed after its commit was sent: it was done or not. Another try could do it twice, so the callers are
 * told, whose repetition is safe (11.5).
 */
export class CommitUnknown extends Error {}

/** Sends the commit with the writes that it is for. */
export async function commit(client: ClientBase, writes: readonly Promise<unknown>[]): Promise<void> {
  try {
    const committed = client.query('COMMIT')
    const [{ command }] = await together([committed, ...writes])
    // Of a transaction that failed, the database says ROLLBACK, and no error.
    if (command !== 'COMMIT') throw new NotCommitted(`The database answered a commit with ${command}`)
  } catch (error) {
    if (wasUndone(error)) throw error
    throw new CommitUnknown(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

class NotCommitted extends Error {}

/** Only when the server itself said so: that a statement failed, which undoes the transaction, or that it undid it. */
function wasUndone(error: unknown): boolean {
  const { severity, code } = error as { severity?: string; code?: string }
  return error instanceof NotCommitted || (severity === 'ERROR' && /^[0-9A-Z]{5}$/.test(code ?? ''))
}

/** As `Promise.all`, but settles when all have: no statement is under way when the connection is given back. */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(promises)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T
}
