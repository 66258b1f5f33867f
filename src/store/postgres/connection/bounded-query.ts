import type { ClientBase, QueryResult, QueryResultRow } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import { codeOf } from './driver-codes.ts'

/** So long the answer to a look may take: as long as a connection may take to come about. */
const lookTimeoutMs: Millis = 5_000

/**
 * A statement that finds its answer at once and leaves nothing behind. What takes long beside it has no limit of time, and a
 * database that is frozen would be waited for for ever.
 *
 * @throws Error that counts as a lost connection when there is no answer in time; the connection is of no use then
 */
export async function look<Row extends QueryResultRow>(
  client: ClientBase,
  text: string,
  values: unknown[] = [],
): Promise<QueryResult<Row>> {
  const statement = { text, values, query_timeout: lookTimeoutMs }
  try {
    return await client.query<Row>(statement)
  } catch (cause) {
    if (codeOf(cause) !== 'PG_QUERY_TIMEOUT') throw cause
    const problem = `the database did not answer within ${lookTimeoutMs / 1000} seconds`
    throw Object.assign(new Error(problem, { cause }), { code: 'ETIMEDOUT' })
  }
}
