import type { Millis } from '../../../domain/time.ts'
import { holderOf } from '../../operations/unlock-requests.ts'
import type { UnlockRequests } from '../../params/head-and-locks.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { toText } from '../encoding/text.ts'

/**
 * One statement sees one moment, so it misses no request whose lock is prolonged meanwhile. It locks no rows.
 * The order is that of `compareAges`. IDs contain no spaces, and one text of IDs takes a tenth of the memory
 * of rows.
 */
const selectHeldInSteps = statement(`
  SELECT string_agg(id, ' ' ORDER BY place) AS ids FROM (
    SELECT id, row_number() OVER (ORDER BY abs(available_before), abs(sequence)) - 1 AS place FROM (
      SELECT id, available_before, sequence FROM requests
      WHERE queue_id = $1 AND locked_by = $2 AND lock_expires_at > $4::bigint
      UNION
      SELECT id, available_before, sequence FROM requests
      WHERE queue_id = $1 AND locked_run = $3 AND lock_expires_at > $4::bigint) AS held) AS placed
  GROUP BY place / $5::bigint ORDER BY place / $5::bigint`)

/**
 * The IDs of the requests that the client or run holds, as one list for each step of an unlock. Each ID takes
 * some 20 bytes of memory.
 */
export async function* heldLocks(
  database: Database,
  queueId: string,
  params: UnlockRequests,
  readAt: Millis,
  { requests }: StepSize,
): AsyncGenerator<string[]> {
  const { clientKey, runId } = holderOf(params)
  const values = [queueId, toText(clientKey), toText(runId), readAt, requests]
  const steps = await withRetries(() => database.query<{ ids: string }>(selectHeldInSteps, values))
  for (const { ids } of steps) yield ids.split(' ')
}
