import type { Client } from 'pg'
import type { ContentRow } from '../../maintenance/content-invariants.ts'
import { readRequestRow } from '../columns.ts'

/** Bounds what is in memory at a time: the requests, and the bytes of their contents. */
const rowsPerStep = 5_000
const bytesPerStep = 8 * 1024 * 1024

/** Databases know the length of a text without reading it, even if it is stored apart. */
const selectContents = `
  SELECT id, method, retry_count, handled_at, lock_expires_at, other_fields FROM (
    SELECT *, sum(octet_length(other_fields)) OVER (ORDER BY id) - octet_length(other_fields) AS bytes_before
    FROM (SELECT * FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS next
  ) AS measured
  WHERE bytes_before < $4::bigint ORDER BY id`

/** The contents of the requests of a queue, ordered by ID. */
export async function* contents(client: Client, queueId: string): AsyncGenerator<ContentRow> {
  let after = ''
  for (;;) {
    const { rows } = await client.query<ContentRow>(selectContents, [
      queueId,
      after,
      rowsPerStep,
      bytesPerStep,
    ])
    yield* rows.map(readRequestRow)
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}
