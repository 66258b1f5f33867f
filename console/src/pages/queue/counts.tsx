import { type Explanation, type QueueDetail, type RequestState, requestStates } from '../../api/shapes.ts'
import { countText } from '../../format/numbers.ts'
import { ShareBar } from '../../parts/share-bar.tsx'
import { StateDot, stateNames } from '../../parts/state-chip.tsx'
import { hrefOf, queueWay } from '../../state/route.ts'

interface CountsProps {
  readonly queue: QueueDetail
  readonly explanation: Explanation | null
}

/** How many requests are in each state. Each number leads to these requests. */
export function Counts({ queue, explanation }: CountsProps) {
  const { totalRequestCount: total, handledRequestCount: handled, pendingRequestCount: pending } = queue
  const counts = explanation?.counts ?? null
  const parts = requestStates.map((state) => [state, partOf(state, handled, pending, counts)] as const)
  return (
    <section class="panel counts" aria-label="Requests by state">
      <div class="tiles">
        {requestStates.map((state) => (
          <a key={state} class="tile" href={hrefOf(queueWay(queue.id, `?tab=requests&state=${state}`))}>
            <span class="tile-name">
              <StateDot state={state} />
              {stateNames[state]}
            </span>
            <span class="tile-count">
              {state === 'handled' ? countText(handled) : shown(counts, state, explanation?.capped ?? [])}
            </span>
          </a>
        ))}
      </div>
      <ShareBar
        label={`${countText(handled)} of ${countText(total)} handled, ${countText(pending)} pending`}
        parts={parts}
      />
    </section>
  )
}

function shown(counts: Explanation['counts'] | null, state: RequestState, capped: readonly string[]): string {
  if (counts === null) return '–'
  return `${countText(counts[state])}${capped.includes(state) ? '+' : ''}`
}

/** The length of a state in the bar. Handled requests include failed ones, and counts that were cut leave a rest. */
function partOf(
  state: RequestState,
  handled: number,
  pending: number,
  counts: Explanation['counts'] | null,
): number {
  if (counts === null) return state === 'handled' ? handled : state === 'available' ? pending : 0
  if (state === 'handled') return Math.max(0, handled - counts.failed)
  if (state !== 'available') return counts[state]
  return Math.max(0, pending - counts.locked - counts.scheduled - counts.held)
}
