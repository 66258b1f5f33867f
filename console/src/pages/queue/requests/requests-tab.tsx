import { useEffect, useState } from 'preact/hooks'
import { call, queryOf } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { Page, RequestAction, RequestItem } from '../../../api/shapes.ts'
import { Button } from '../../../parts/button.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { attempt } from '../../../state/messages.ts'
import { setQuery } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { useData } from '../../../state/use-data.ts'
import { addCommand } from '../../queues/first-command.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import type { ActionTarget } from '../actions/run-action.ts'
import { RequestDetails } from '../request/request-details.tsx'
import type { TabProps } from '../tab-props.ts'
import { BulkBar } from './bulk-bar.tsx'
import { filterIn, noFilter } from './request-filter.ts'
import { RequestFilters } from './request-filters.tsx'
import { RequestsTable } from './requests-table.tsx'

const pageLength = 50
const everyMs = 5000

interface Chosen {
  readonly action: RequestAction
  readonly target: ActionTarget
}

/** The requests of a queue: find some, look at one, and act on one, some or all that match. */
export function RequestsTab({ queue, query, round, explanation, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const filter = filterIn(query)
  const openId = query.get('request')
  const asked = queryOf({ ...filter, limit: pageLength })
  const path = queuePath(queue.id, '/requests')
  const [more, setMore] = useState<Page<RequestItem> | null>(null)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [chosen, setChosen] = useState<Chosen | null>(null)
  // A list that somebody works with stays as it is.
  const isResting = more === null && selected.size === 0
  const list = useData<Page<RequestItem>>(path + asked, isResting ? everyMs : null)
  // Another list, or one that was changed, begins anew.
  useEffect(() => {
    setMore(null)
    setSelected(new Set())
    if (round > 0) list.reload()
  }, [asked, round])

  const items = [...(list.data?.items ?? []), ...(more?.items ?? [])]
  const nextCursor = (more ?? list.data)?.nextCursor ?? null
  const open = items.find(({ id }) => id === openId)
  const hasFilter = Object.keys(filter).length > 0

  async function showMore(): Promise<void> {
    await attempt(async () => {
      const next = await call<Page<RequestItem>>(
        'GET',
        path + queryOf({ ...filter, limit: pageLength, cursor: nextCursor }),
      )
      setMore((before) => ({ ...next, items: [...(before?.items ?? []), ...next.items] }))
    })
  }

  return (
    <div class={openId === null ? 'requests' : 'requests has-details'}>
      <section class="panel" aria-label="Requests">
        <RequestFilters filter={filter} counts={explanation} />
        {mayWrite && items.length > 0 && (
          <BulkBar
            selectedCount={selected.size}
            isFiltered={hasFilter}
            onClear={() => setSelected(new Set())}
            onChoose={(action) => {
              const target = selected.size > 0 ? { ids: [...selected] } : { filter }
              setChosen({ action, target })
            }}
          />
        )}
        {items.length > 0 && (
          <RequestsTable
            items={items}
            openId={openId}
            selected={mayWrite ? selected : null}
            isWaiting={list.isWaiting}
            onSelect={setSelected}
            onOpen={(id) => setQuery({ request: id }, openId !== null)}
          />
        )}
        {nextCursor !== null && items.length > 0 && (
          <div class="more">
            <Button onClick={() => void showMore()}>Show more</Button>
          </div>
        )}
        {list.error !== null && items.length === 0 && <Empty title={list.error.message} />}
        {list.data !== null && items.length === 0 && hasFilter && (
          <Empty title="No request matches">
            <Button onClick={() => setQuery(noFilter)}>Clear the filter</Button>
          </Empty>
        )}
        {list.data !== null && items.length === 0 && !hasFilter && (
          <Empty title="The queue is empty" command={addCommand(queue.id)}>
            Add requests with the button above, or with a client:
          </Empty>
        )}
      </section>
      {openId !== null && (
        <RequestDetails
          key={openId}
          queueId={queue.id}
          requestId={openId}
          item={open}
          round={round}
          onClose={() => setQuery({ request: null })}
          onChoose={(action) => setChosen({ action, target: { ids: [openId] } })}
        />
      )}
      {chosen !== null && (
        <ActionDialog
          queueId={queue.id}
          action={chosen.action}
          target={chosen.target}
          onClose={() => setChosen(null)}
          onDone={() => {
            if (chosen.action === 'delete' && openId !== null) setQuery({ request: null })
            onChanged()
          }}
        />
      )}
    </div>
  )
}
