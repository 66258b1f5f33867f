import type { RequestState } from '../api/shapes.ts'

export const stateNames: Readonly<Record<RequestState, string>> = {
  available: 'Available',
  locked: 'Locked',
  scheduled: 'Scheduled',
  held: 'Held back',
  handled: 'Handled',
  failed: 'Failed',
}

export function StateDot({ state }: { readonly state: RequestState }) {
  return <span class={`dot of-${state}`} aria-hidden="true" />
}

export function StateChip({ state }: { readonly state: RequestState }) {
  return (
    <span class="chip">
      <StateDot state={state} />
      {stateNames[state]}
    </span>
  )
}
