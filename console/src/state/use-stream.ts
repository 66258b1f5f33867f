import { useEffect, useRef, useState } from 'preact/hooks'
import { openStream, type StreamState } from '../api/stream.ts'
import { liveState } from './live-state.ts'

/**
 * Listens to a stream of events while the component is shown.
 *
 * @param path null: to none
 */
export function useStream(path: string | null, onEvent: (name: string, data: unknown) => void): StreamState {
  const [state, setState] = useState<StreamState>('opening')
  const latest = useRef(onEvent)
  latest.current = onEvent
  useEffect(() => {
    if (path === null) return
    const close = openStream(path, {
      onEvent: (name, data) => latest.current(name, data),
      onState: (next) => {
        setState(next)
        liveState.set(next)
      },
    })
    return () => {
      close()
      liveState.set(null)
    }
  }, [path])
  return state
}
