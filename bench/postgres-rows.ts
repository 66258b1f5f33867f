import type { QueryConfig } from 'pg'
import { requestIdOf } from '../src/domain/identity.ts'
import { otherFields, rowBytes, urlOf } from './load/requests.ts'

/** Which rows a statement inserts: those of the URLs with these numbers, into this queue. */
export interface Rows {
  readonly queueId: string
  readonly firstNumber: number
  readonly count: number
}

/** One row as an add would have made it. Its sequence number is its number, and one more. */
export function insertRow(queueId: string, number: number): QueryConfig {
  const url = urlOf(number)
  return {
    name: 'insert row',
    text: `
      INSERT INTO requests (queue_id, id, available_at, sequence, bytes, retry_count, method, unique_key, url,
        other_fields)
      VALUES ($1, $2, $3, $4, ${rowBytes}, 0, 'GET', $5, $5, $6)`,
    values: [queueId, requestIdOf(url), Date.now(), number + 1, url, otherFields],
  }
}

/** Many such rows in one statement. */
export function insertRows({ queueId, firstNumber, count }: Rows): QueryConfig {
  const urls = Array.from({ length: count }, (_, index) => urlOf(firstNumber + index))
  return {
    name: 'insert rows',
    text: `
      INSERT INTO requests (queue_id, id, available_at, sequence, bytes, retry_count, method, unique_key, url,
        other_fields)
      SELECT $1, id, $2::bigint, $3::bigint + place, ${rowBytes}, 0, 'GET', url, url, $4
      FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS given (id, url, place)`,
    values: [queueId, Date.now(), firstNumber, otherFields, urls.map(requestIdOf), urls],
  }
}
