import { useEffect, useState } from 'preact/hooks'
import { Button } from '../../../parts/button.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { setQuery } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { addCommand } from '../../queues/first-command.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import type { Choice } from '../actions/action-names.ts'
import { ForkDialog } from '../actions/fork-dialog.tsx'
import type { ActionTarget } from '../actions/run-action.ts'
import { useNamedFailure } from '../failures/failure-in-address.ts'
import { RequestDetails } from '../request/request-details.tsx'
import type { TabProps } from '../tab-props.ts'
import { BulkBar } from './bulk-bar.tsx'
import { filterIn, noFilter } from './request-filter.ts'
import { RequestFilters } from './request-filters.tsx'
import { focusRequest, RequestsTable } from './requests-table.tsx'
import { useRequests } from './use-requests.ts'

const everyMs = 5000

interface Chosen {
  readonly choice: Choice
  readonly target: ActionTarget
}

/** The requests of a queue: find some, look at one, and act on one, some or all that match. */
export function RequestsTab({ queue, query, round, explanation, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const typed = filterIn(query)
  const failure = useNamedFailure(queue.id, typed.error === undefined ? query.get('failure') : null)
  const filter = failure === null ? typed : { ...typed, error: failure.error ?? '' }
  const isUnknown = failure?.error === null
  const openId = query.get('request')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [chosen, setChosen] = useState<Chosen | null>(null)
  // A list that somebody works with stays as it is.
  const found = useRequests(queue.id, isUnknown ? null : filter, selected.size === 0, everyMs)
  const filterText = JSON.stringify(filter)
  useEffect(() => {
    setSelected(new Set())
    if (round > 0) found.reload()
  }, [filterText, round])

  const items = isUnknown ? [] : (found.items ?? [])
  const isDone =
    !isUnknown && found.items !== null && !found.isSearching && items.length === 0 && !found.hasMore
  const open = items.find(({ id }) => id === openId)
  const hasFilter = Object.keys(filter).length > 0

  return (
    <div class={openId === null ? 'requests' : 'requests has-details'}>
      <section class="panel" aria-label="Requests">
        <RequestFilters filter={typed} failure={failure} counts={explanation} />
        {mayWrite && items.length > 0 && (
          <BulkBar
            shownCount={items.length}
            selectedCount={selected.size}
            isFiltered={hasFilter}
            onSelectShown={() => setSelected(new Set(items.map(({ id }) => id)))}
            onClear={() => setSelected(new Set())}
            onChoose={(choice) => {
              const target = selected.size > 0 ? { ids: [...selected] } : { filter }
              setChosen({ choice, target })
            }}
          />
        )}
        {items.length > 0 && (
          <RequestsTable
            items={items}
            openId={openId}
            selected={mayWrite ? selected : null}
            isWaiting={found.isSearching}
            onSelect={setSelected}
            onOpen={(id) => setQuery({ request: id }, openId !== null)}
          />
        )}
        {!isUnknown && found.hasMore && (
          <div class="more">
            <Button onClick={found.more} isDisabled={found.isSearching}>
              {found.isSearching ? 'Searching …' : items.length === 0 ? 'Search on' : 'Show more'}
            </Button>
          </div>
        )}
        {found.error !== null && items.length === 0 && <Empty title={found.error.message} />}
        {isUnknown && !failure.isWaiting && (
          <Empty title={failure.problem ?? 'No request has failed with that error any more'}>
            <Button onClick={() => setQuery(noFilter)}>Clear the filter</Button>
          </Empty>
        )}
        {isDone && found.error === null && hasFilter && (
          <Empty title="No request matches">
            <Button onClick={() => setQuery(noFilter)}>Clear the filter</Button>
          </Empty>
        )}
        {isDone && found.error === null && !hasFilter && (
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
          onClose={() => {
            setQuery({ request: null })
            focusRequest(openId)
          }}
          onChoose={(choice) => setChosen({ choice, target: { ids: [openId] } })}
        />
      )}
      {chosen?.choice === 'fork' && (
        <ForkDialog
          queueId={queue.id}
          target={chosen.target}
          onClose={() => setChosen(null)}
          onDone={onChanged}
        />
      )}
      {chosen !== null && chosen.choice !== 'fork' && (
        <ActionDialog
          queueId={queue.id}
          action={chosen.choice}
          target={chosen.target}
          onClose={() => setChosen(null)}
          onDone={() => {
            if (chosen.choice === 'delete' && openId !== null) setQuery({ request: null })
            onChanged()
          }}
        />
      )}
    </div>
  )
}
