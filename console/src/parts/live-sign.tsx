import type { StreamState } from '../api/stream.ts'
import { liveState } from '../state/live-state.ts'
import { useValue } from '../state/value.ts'

const texts: Readonly<Record<StreamState, string>> = {
  opening: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  cut: 'Reconnecting',
  absent: 'Every few seconds',
}

/** Whether the figures on the page are live. */
export function LiveSign() {
  const state = useValue(liveState)
  return (
    <span class="live" data-state={state ?? 'none'} title={state === null ? '' : texts[state]}>
      {state !== null && (
        <>
          <span class="dot" aria-hidden="true" />
          <span>{texts[state]}</span>
        </>
      )}
    </span>
  )
}
