import type { ClientBase } from 'pg'
import { failureOf } from './errors.ts'

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
    if (command !== 'COMMIT') throw new Error(`The database answered a commit with ${command}`)
  } catch (error) {
    const failure = failureOf(error)
    if (failure === 'connection' || failure === 'unavailable') {
      throw new CommitUnknown(error instanceof Error ? error.message : String(error), { cause: error })
    }
    throw error
  }
}

/** As `Promise.all`, but settles when all have: no statement is under way when the connection is given back. */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(promises)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T
}
