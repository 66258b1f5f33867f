import type { FailureRows } from '../../insight/failures.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { fromText, toText } from '../encoding/text.ts'

const nextAfter = (last: string) =>
  `SELECT failure, id FROM requests WHERE queue_id = $1 AND failure > ${last} ORDER BY failure, id LIMIT 1`
/** Jumps from one text to the next in the index. */
const selectFailures = statement(`
  WITH RECURSIVE failures AS (
    SELECT failure, id, 1 AS number FROM (${nextAfter('$2')}) AS first
    UNION ALL
    SELECT next.failure, next.id, number + 1 FROM failures
    CROSS JOIN LATERAL (${nextAfter('failures.failure')}) AS next
    WHERE number < $3)
  SELECT failures.failure, failures.id, counted.count FROM failures
  CROSS JOIN LATERAL (
    SELECT count(*) FROM (
      SELECT FROM requests WHERE queue_id = $1 AND failure = failures.failure ORDER BY id LIMIT $4) AS limited) AS counted
  ORDER BY number`)

/** For the test of their plans. */
export const failureStatements: readonly Statement[] = [selectFailures]

interface Row {
  failure: string
  id: string
  count: number
}

export class PostgresFailureRows implements FailureRows {
  readonly #database: Database
  readonly #queueId: string

  constructor(database: Database, queueId: string) {
    this.#database = database
    this.#queueId = queueId
  }

  async failures(after: string, textsMax: number, countMax: number) {
    const values = [this.#queueId, toText(after), textsMax, countMax]
    const rows = await withRetries(() => this.#database.query<Row>(selectFailures, values))
    const failures = rows.map(({ failure, id, count }) => {
      return { error: fromText(failure), count: Number(count), exampleId: id }
    })
    return { failures, isAtEnd: rows.length < textsMax }
  }
}
