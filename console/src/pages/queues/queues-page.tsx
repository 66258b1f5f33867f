import { useEffect, useRef, useState } from 'preact/hooks'
import { call, queryOf } from '../../api/call.ts'
import type { Page, QueueRow } from '../../api/shapes.ts'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { type SortChoice, SortSelect } from '../../parts/sort-select.tsx'
import type { Sort } from '../../parts/table.tsx'
import { attempt } from '../../state/messages.ts'
import { setQuery } from '../../state/route.ts'
import { useMayWrite } from '../../state/session.ts'
import { unique } from '../../state/unique.ts'
import { useData } from '../../state/use-data.ts'
import { useStream } from '../../state/use-stream.ts'
import { CreateQueueDialog } from './create-queue-dialog.tsx'
import { firstCommand } from './first-command.ts'
import { QueuesTable } from './queues-table.tsx'

const listPath = 'headlock/v1/queues'
const eventsPath = 'headlock/v1/events'
const pageLength = 50

const sortChoices: readonly SortChoice[] = [
  { title: 'By name', by: 'name', isDesc: false },
  { title: 'Changed last', by: 'modifiedAt', isDesc: true },
  { title: 'Most pending', by: 'pending', isDesc: true },
  { title: 'Most locked', by: 'locked', isDesc: true },
  { title: 'Most handled', by: 'handled', isDesc: true },
]

/** All queues of the reader, with what happens in them now. */
export function QueuesPage({ query }: { readonly query: URLSearchParams }) {
  const mayWrite = useMayWrite()
  const [isCreating, setIsCreating] = useState(false)
  const [more, setMore] = useState<Page<QueueRow> | null>(null)
  // IDs are never given again.
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set())
  const [changed, setChanged] = useState<ReadonlyMap<string, QueueRow>>(new Map())
  const search = query.get('search') ?? ''
  const sort: Sort = { by: query.get('sort') ?? 'name', isDesc: query.get('desc') === 'true' }
  const isPlain = search === '' && sort.by === 'name'
  const asked = { search, sort: sort.by, desc: sort.isDesc, limit: pageLength }

  const [isLive, setIsLive] = useState(false)
  const path = listPath + queryOf(asked)
  const latestPath = useRef(path)
  latestPath.current = path
  const [isLoading, setIsLoading] = useState(false)
  // Rows change by events. The list is asked again for queues that are new, and for the order.
  const list = useData<Page<QueueRow>>(path, isLive ? 15_000 : 3000)
  const stream = useStream(eventsPath, (name, data) => {
    if (name === 'deleted') setDeleted((before) => new Set([...before, ...(data as string[])]))
    if (name !== 'queues') return
    const rows = rowsIn(data)
    setChanged((before) => new Map([...before, ...rows.map((row) => [row.id, row] as const)]))
    if (isPlain && rows.some((row) => !known.has(row.id))) list.reload()
  })
  useEffect(() => setIsLive(stream === 'live'), [stream])
  // Another list has other pages.
  useEffect(() => setMore(null), [path])
  // The answer is newer than the events before it.
  useEffect(() => setChanged(new Map()), [list.data])

  const rows = unique([...(list.data?.items ?? []), ...(more?.items ?? [])], ({ id }) => id)
    .filter(({ id }) => !deleted.has(id))
    .map((row) => changed.get(row.id) ?? row)
  const known = new Set(rows.map(({ id }) => id))
  const nextCursor = (more ?? list.data)?.nextCursor ?? null

  async function showMore(): Promise<void> {
    setIsLoading(true)
    await attempt(async () => {
      const next = await call<Page<QueueRow>>('GET', listPath + queryOf({ ...asked, cursor: nextCursor }))
      // Meanwhile, another order or search may have been asked for.
      if (latestPath.current === path)
        setMore((before) => ({ ...next, items: [...(before?.items ?? []), ...next.items] }))
    })
    setIsLoading(false)
  }

  function setSort({ by, isDesc }: Sort): void {
    setQuery({ sort: by === 'name' ? null : by, desc: isDesc ? 'true' : null })
  }

  useEffect(() => {
    document.title = 'Queues - Headlock'
  }, [])
  return (
    <>
      <div class="row">
        <h1 class="grow">Queues</h1>
        <div class="queues-search">
          <SearchBox label="Search queues" value={search} onSearch={(text) => setQuery({ search: text })} />
        </div>
        <SortSelect label="Order of the queues" choices={sortChoices} sort={sort} onSort={setSort} />
        {mayWrite && (
          <Button icon="plus" kind="main" onClick={() => setIsCreating(true)}>
            New queue
          </Button>
        )}
      </div>
      <section class="panel" aria-label="Queues">
        {rows.length > 0 && (
          <QueuesTable
            rows={rows}
            sort={sort}
            isWaiting={list.isWaiting}
            onSort={setSort}
            onChanged={list.reload}
          />
        )}
        {nextCursor !== null && (
          <div class="more">
            <Button isDisabled={isLoading} onClick={() => void showMore()}>
              Show more
            </Button>
          </div>
        )}
        {list.error !== null && rows.length === 0 && <Empty title={list.error.message} />}
        {list.data !== null && rows.length === 0 && search !== '' && (
          <Empty title={`No queue matches “${search}”`}>Search looks into names and IDs.</Empty>
        )}
        {list.data !== null && rows.length === 0 && search === '' && (
          <Empty title="There are no queues yet" command={firstCommand()}>
            A crawler makes its queue by itself. To try one, paste this into a shell that has a token in
            APIFY_TOKEN:
          </Empty>
        )}
      </section>
      {isCreating && <CreateQueueDialog onClose={() => setIsCreating(false)} />}
    </>
  )
}

/** The rows in an event: a list of them, or a page. */
function rowsIn(data: unknown): readonly QueueRow[] {
  if (Array.isArray(data)) return data as readonly QueueRow[]
  return (data as { readonly items?: readonly QueueRow[] }).items ?? []
}
