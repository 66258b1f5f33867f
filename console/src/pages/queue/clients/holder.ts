import { queryOf } from '../../../api/call.ts'
import type { RequestFilter } from '../../../api/shapes.ts'
import { visibleText } from '../../../format/visible.ts'
import { hrefOf, queueWay } from '../../../state/route.ts'

/** Who holds requests. Two runs may have clients with the same key. */
export interface Holder {
  readonly clientKey: string
  readonly runId: string | null
}

/** How the API calls a client in no run. */
const noRun = '(none)'

/** What it holds, and nobody else. */
export function heldBy({ clientKey, runId }: Holder): RequestFilter {
  return { state: 'locked', client: clientKey, run: runId ?? noRun }
}

/** Where the requests that it holds are shown. */
export function hrefOfHeld(queueId: string, holder: Holder): string {
  return hrefOf(queueWay(queueId, queryOf({ tab: 'requests', ...heldBy(holder) })))
}

export function holderKeyOf({ clientKey, runId }: Holder): string {
  return JSON.stringify([clientKey, runId])
}

export function unlockLabelOf({ clientKey, runId }: Holder): string {
  const run = runId === null ? '' : ` in run ${runId}`
  return visibleText(`Unlock what ${clientKey}${run} holds`)
}
