import { useEffect } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { HistoryEvent, RequestHistory } from '../../../api/shapes.ts'
import { durationText, exactText } from '../../../format/times.ts'
import { visibleText } from '../../../format/visible.ts'
import { Time } from '../../../parts/time.tsx'
import { TimesIn } from '../../../parts/times-in.tsx'
import { hrefOf, queueWay } from '../../../state/route.ts'
import { useData } from '../../../state/use-data.ts'

const words: Readonly<Record<HistoryEvent['event'], string>> = {
  added: 'Added',
  locked: 'Locked',
  prolonged: 'Lock prolonged',
  givenBack: 'Given back',
  ranOut: 'Lock ran out',
  handled: 'Handled',
  reopened: 'Pending again',
}

const colours: Readonly<Record<HistoryEvent['event'], string>> = {
  added: 'available',
  locked: 'locked',
  prolonged: 'locked',
  givenBack: 'scheduled',
  ranOut: 'failed',
  handled: 'handled',
  reopened: 'available',
}

interface RequestHistoryPartProps {
  readonly queueId: string
  readonly requestId: string
  readonly round: number
}

/** What happened to the request, where the policy keeps that. */
export function RequestHistoryPart({ queueId, requestId, round }: RequestHistoryPartProps) {
  const path = queuePath(queueId, `/requests/${encodeURIComponent(requestId)}/history`)
  const history = useData<RequestHistory>(path)
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) history.reload()
  }, [round])
  if (history.data === null) return null
  if (history.data.events.length === 0) {
    return (
      <section class="request-part">
        <h3>History</h3>
        <p class="quiet">
          Nothing was kept. The <a href={hrefOf(queueWay(queueId, '?tab=policy'))}>policy</a> says whether the
          last events of each request are.
        </p>
      </section>
    )
  }
  const { events, verdict } = history.data
  return (
    <section class="request-part">
      <h3>History</h3>
      <p class="wrap">
        <TimesIn text={visibleText(verdict)} />
      </p>
      <ol class="history">
        {events.map(({ at, event, clientKey, until }, index) => (
          // Two events may be the same.
          <li key={index}>
            <span class={`dot of-${colours[event] ?? 'held'}`} aria-hidden="true" />
            <span class="grow wrap">
              {words[event] ?? event}
              {clientKey != null && <span class="quiet"> by {visibleText(clientKey)}</span>}
              {until != null && (
                <span class="quiet" title={exactText(Date.parse(until))}>
                  {forText(at, until)}
                </span>
              )}
            </span>
            <span class="small quiet">
              <Time at={at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** How long a lock was to last: it may have ended early. */
function forText(at: string, until: string): string {
  const ms = Date.parse(until) - Date.parse(at)
  return ms > 0 ? ` for ${durationText(ms)}` : ''
}
