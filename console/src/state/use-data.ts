import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError, call } from '../api/call.ts'

export interface Loaded<Data> {
  /** The last answer. It stays while the next one is on its way. */
  readonly data: Data | null
  readonly error: ApiError | null
  /** The server has no such call, so the part of the page that shows it is left out. */
  readonly isAbsent: boolean
  /** Whether the answer to the present path has not come yet. */
  readonly isWaiting: boolean
  reload(): void
}

interface Answered<Data> {
  readonly path: string
  readonly data: Data | null
  readonly error: ApiError | null
}

/**
 * Gets data, and gets it again while the tab is shown.
 *
 * @param path null: nothing is asked
 * @param everyMs how long after an answer it is asked again. Null: only when `reload` is called, or the path changes
 */
export function useData<Data>(path: string | null, everyMs: number | null = null): Loaded<Data> {
  const [answered, setAnswered] = useState<Answered<Data> | null>(null)
  const [round, setRound] = useState(0)
  const lastPath = useRef<string | null>(null)
  const reload = useCallback(() => setRound((before) => before + 1), [])

  // `round` asks again.
  useEffect(() => {
    if (path === null) return
    lastPath.current = path
    const connection = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    async function ask(): Promise<void> {
      if (!document.hidden) {
        try {
          const data = await call<Data>('GET', path!, undefined, { signal: connection.signal })
          if (!connection.signal.aborted) setAnswered({ path: path!, data, error: null })
        } catch (error) {
          if (connection.signal.aborted) return
          if (!(error instanceof ApiError)) throw error
          setAnswered((before) => ({ path: path!, data: before?.data ?? null, error }))
          if (error.status === 404) return
        }
      }
      if (everyMs !== null && !connection.signal.aborted) timer = setTimeout(ask, everyMs)
    }
    function onVisibility(): void {
      if (document.hidden || everyMs === null) return
      clearTimeout(timer)
      void ask()
    }
    void ask()
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      connection.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [path, everyMs, round])

  const { data = null, error = null } = answered ?? {}
  return {
    data,
    error,
    isAbsent: error?.status === 404,
    isWaiting: path !== null && answered?.path !== path,
    reload,
  }
}
