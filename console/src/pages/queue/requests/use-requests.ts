import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError, call, queryOf } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { Page, RequestFilter, RequestItem } from '../../../api/shapes.ts'

const pageLength = 50
/** One call looks at some ten thousand requests at most, so it may find none. So many calls are made before somebody is asked. */
const callsMax = 40

export interface FoundRequests {
  /** Null: not known yet. */
  readonly items: readonly RequestItem[] | null
  readonly error: ApiError | null
  /** Whether there may be more. */
  readonly hasMore: boolean
  /** Whether calls are under way that somebody waits for. */
  readonly isSearching: boolean
  /** Finds a page more. */
  more(): void
  /** Finds the first page again. */
  reload(): void
}

interface Found {
  readonly items: readonly RequestItem[]
  readonly cursor: string | null
}

/**
 * Finds the requests that a filter chooses, page by page. The first page is found again while the tab is shown and nobody has asked
 * for more.
 *
 * @param filter null: it is not known yet, and nothing is asked
 * @param isResting whether the list may change by itself
 */
export function useRequests(
  queueId: string,
  filter: RequestFilter | null,
  isResting: boolean,
  everyMs: number,
): FoundRequests {
  const query = JSON.stringify(filter)
  const isKnown = filter !== null
  const [found, setFound] = useState<Found | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [isSearching, setIsSearching] = useState(true)
  const [round, setRound] = useState(0)
  const [pages, setPages] = useState(1)
  const connection = useRef(new AbortController())

  const find = useCallback(
    async (from: string | null, signal: AbortSignal, onPart: (part: Found) => void): Promise<void> => {
      let items: readonly RequestItem[] = []
      let cursor = from
      for (let calls = 0; calls < callsMax; calls++) {
        const asked = queryOf({ ...(JSON.parse(query) as RequestFilter), limit: pageLength, cursor })
        const page = await call<Page<RequestItem>>(
          'GET',
          queuePath(queueId, `/requests${asked}`),
          undefined,
          { signal },
        )
        items = [...items, ...page.items]
        cursor = page.nextCursor ?? null
        onPart({ items, cursor })
        if (cursor === null || items.length >= pageLength / 2) return
      }
    },
    [queueId, query],
  )

  const run = useCallback(async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    connection.current.abort()
    const own = new AbortController()
    connection.current = own
    try {
      await work(own.signal)
      if (!own.signal.aborted) setError(null)
    } catch (thrown) {
      if (own.signal.aborted) return
      if (!(thrown instanceof ApiError)) throw thrown
      setError(thrown)
    }
    if (!own.signal.aborted) setIsSearching(false)
  }, [])

  // Another filter, or a change of the requests, begins with the first page.
  useEffect(() => {
    setIsSearching(true)
    setPages(1)
    if (!isKnown) return
    void run((signal) => find(null, signal, setFound))
    return () => connection.current.abort()
  }, [find, round])

  useEffect(() => {
    if (!isKnown || !isResting || pages > 1 || isSearching) return
    const timer = setInterval(() => {
      if (!document.hidden) void run((signal) => find(null, signal, keepLast))
    }, everyMs)
    // The old list stays until the new one is whole.
    let next: Found | null = null
    function keepLast(part: Found): void {
      next = part
      if (part.cursor === null || part.items.length >= pageLength / 2) setFound(next)
    }
    return () => clearInterval(timer)
  }, [find, isResting, pages, isSearching])

  const more = useCallback(() => {
    const before = found
    if (before === null || before.cursor === null) return
    setIsSearching(true)
    setPages((count) => count + 1)
    void run((signal) =>
      find(before.cursor, signal, (part) =>
        setFound({ items: [...before.items, ...part.items], cursor: part.cursor }),
      ),
    )
  }, [found, find])

  return {
    items: found?.items ?? null,
    error,
    hasMore: found !== null && found.cursor !== null,
    isSearching,
    more,
    reload: useCallback(() => setRound((before) => before + 1), []),
  }
}
