import { useEffect, useRef, useState } from 'preact/hooks'
import { call, queryOf } from '../api/call.ts'
import type { Page } from '../api/shapes.ts'
import { attempt } from './messages.ts'
import { unique } from './unique.ts'
import { type Loaded, useData } from './use-data.ts'

export interface LoadedPages<Row> extends Loaded<Page<Row>> {
  /** The rows of all pages so far. */
  readonly rows: readonly Row[]
  readonly hasMore: boolean
  /** Gets the next page. */
  more(): void
}

/**
 * Gets a list page by page. The first page is asked again while it is the only one; with more pages, the list stays as it is.
 *
 * @param asked the query besides the cursor
 */
export function usePages<Row>(
  path: string,
  asked: Readonly<Record<string, string | number>>,
  everyMs: number,
  keyOf: (row: Row) => string,
): LoadedPages<Row> {
  const whole = path + queryOf(asked)
  const [more, setMore] = useState<Page<Row> | null>(null)
  const first = useData<Page<Row>>(whole, more === null ? everyMs : null)
  // Another list begins with its first page.
  useEffect(() => setMore(null), [whole])
  const nextCursor = (more ?? first.data)?.nextCursor ?? null

  const latest = useRef(whole)
  latest.current = whole
  const isLoading = useRef(false)

  async function next(): Promise<void> {
    if (isLoading.current) return
    isLoading.current = true
    await attempt(async () => {
      const page = await call<Page<Row>>('GET', path + queryOf({ ...asked, cursor: nextCursor }))
      // Meanwhile, another order may have been asked for.
      if (latest.current === whole)
        setMore((before) => ({ ...page, items: [...(before?.items ?? []), ...page.items] }))
    })
    isLoading.current = false
  }

  return {
    ...first,
    rows: unique([...(first.data?.items ?? []), ...(more?.items ?? [])], keyOf),
    hasMore: nextCursor !== null,
    more: () => void next(),
  }
}
