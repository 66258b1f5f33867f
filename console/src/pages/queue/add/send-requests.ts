import { call, queryOf } from '../../../api/call.ts'
import { consoleClientKey, v2Path } from '../../../api/paths.ts'
import type { NewRequest } from './parse-requests.ts'

/** As many as one call takes. */
const batchLength = 25

export interface Sent {
  readonly sent: number
  /** How many of them were new. */
  readonly added: number
}

interface SendOptions {
  readonly isForefront: boolean
  readonly signal: AbortSignal
  onSent(sent: Sent): void
}

interface BatchAnswer {
  readonly processedRequests: readonly { readonly wasAlreadyPresent: boolean }[]
}

/**
 * Adds requests to a queue in their order, a batch at a time.
 *
 * @throws ApiError; also when `signal` ends it. What was sent until then is in the queue
 */
export async function sendRequests(
  queueId: string,
  requests: readonly NewRequest[],
  { isForefront, signal, onSent }: SendOptions,
): Promise<void> {
  const query = queryOf({ clientKey: consoleClientKey, forefront: isForefront })
  const path = v2Path(queueId, `/requests/batch${query}`)
  let sent = 0
  let added = 0
  // A forefront batch goes before the one that was sent before it, so the last lines are sent first.
  const ordered = isForefront ? [...requests].reverse() : requests
  for (let start = 0; start < ordered.length; start += batchLength) {
    signal.throwIfAborted()
    const batch = ordered.slice(start, start + batchLength)
    const { processedRequests } = await call<BatchAnswer>('POST', path, batch)
    added += processedRequests.filter(({ wasAlreadyPresent }) => !wasAlreadyPresent).length
    sent += batch.length
    onSent({ sent, added })
  }
}
