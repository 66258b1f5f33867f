import type { ClientBase, QueryResult, QueryResultRow } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import { codeOf } from './driver-codes.ts'

/** How long an answer may take. The same as the time limit for a new connection. */
const timeoutMs: Millis = 5_000

/**
 * Runs a statement that should answer at once, on a connection without a time limit. Without this limit, a
 * frozen database would keep the caller waiting forever. Do not use it for statements that must not run
 * twice.
 *
 * @throws Error that counts as a lost connection when there is no answer in time; the connection cannot be
 *   used any more
 */
export async function queryWithTimeout<Row extends QueryResultRow>(
  client: ClientBase,
  text: string,
  values: unknown[] = [],
): Promise<QueryResult<Row>> {
  const statement = { text, values, query_timeout: timeoutMs }
  try {
    return await client.query<Row>(statement)
  } catch (cause) {
    if (codeOf(cause) !== 'PG_QUERY_TIMEOUT') throw cause
    const problem = `the database did not answer within ${timeoutMs / 1000} seconds`
    throw Object.assign(new Error(problem, { cause }), { code: 'ETIMEDOUT' })
  }
}
