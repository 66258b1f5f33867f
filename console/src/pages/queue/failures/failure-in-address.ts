/**
 * Errors may have credentials in them, and addresses stay in histories and logs. So an address names a group of failures by a fingerprint
 * of its text, which the list of failures resolves.
 */
import { useRef } from 'preact/hooks'
import { queryOf } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { FailureRow, Page } from '../../../api/shapes.ts'
import { fingerprint } from '../../../format/fingerprint.ts'
import { queueWay } from '../../../state/route.ts'
import { useData } from '../../../state/use-data.ts'

/** As many as the API lists. */
const listedMax = 1000

/** Where the requests are shown that failed with this error. */
export function wayToFailed(queueId: string, error: string, requestId: string | null = null): string {
  const query = { tab: 'requests', state: 'failed', failure: fingerprint(error), request: requestId }
  return queueWay(queueId, queryOf(query))
}

export interface NamedFailure {
  /** Null: not known. */
  readonly error: string | null
  /** Whether the list of failures has not come yet. */
  readonly isWaiting: boolean
  /** Why the list of failures did not come. */
  readonly problem: string | null
}

/** The failure that an address names. Null: it names none. @param named `failure` of the address */
export function useNamedFailure(queueId: string, named: string | null): NamedFailure | null {
  const last = useRef<{ readonly named: string; readonly error: string } | null>(null)
  // It is still known when none of its requests are left.
  const known = last.current?.named === named ? last.current.error : null
  const path = queuePath(queueId, `/failures${queryOf({ limit: listedMax })}`)
  const { data, error: problem } = useData<Page<FailureRow>>(named === null || known !== null ? null : path)
  if (named === null) return null
  const error = known ?? data?.items.find((row) => fingerprint(row.error) === named)?.error ?? null
  if (error !== null) last.current = { named, error }
  return {
    error,
    isWaiting: error === null && data === null && problem === null,
    problem: problem?.message ?? null,
  }
}
