import type { RequestItem } from '../../../api/shapes.ts'
import { maskedUrl } from '../../../format/credentials.ts'
import { StateChip } from '../../../parts/state-chip.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'
import { useKeys } from '../../../state/keys.ts'

interface RequestsTableProps {
  readonly items: readonly RequestItem[]
  readonly openId: string | null
  /** Null: nothing can be selected. */
  readonly selected: ReadonlySet<string> | null
  readonly isWaiting: boolean
  onSelect(selected: ReadonlySet<string>): void
  onOpen(id: string): void
}

export function RequestsTable({ items, openId, selected, isWaiting, onSelect, onOpen }: RequestsTableProps) {
  function toggle(id: string): void {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect(next)
  }
  useKeys({
    x: () => {
      const id = document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-request]')?.dataset[
        'request'
      ]
      if (selected !== null && id !== undefined) toggle(id)
    },
  })
  const select: Column<RequestItem> = {
    name: 'select',
    title: ' ',
    class: 'fit request-select',
    cell: ({ id, url }) => (
      <input
        type="checkbox"
        aria-label={`Select ${maskedUrl(url)}`}
        data-request={id}
        checked={selected?.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  }
  const url: Column<RequestItem> = {
    name: 'url',
    title: 'URL',
    class: 'long whole',
    cell: (item) => (
      <>
        <button type="button" class="opener cut" title={maskedUrl(item.url)} onClick={() => onOpen(item.id)}>
          {item.method !== undefined && item.method !== 'GET' && <span class="quiet">{item.method} </span>}
          {maskedUrl(item.url)}
        </button>
        <ErrorLine item={item} />
      </>
    ),
  }
  return (
    <Table
      label="Requests"
      rows={items}
      columns={[...(selected === null ? [] : [select]), url, ...columns]}
      keyOf={({ id }) => id}
      onOpen={({ id }) => onOpen(id)}
      openKey={openId}
      isWaiting={isWaiting}
      hasKeys
    />
  )
}

const columns: readonly Column<RequestItem>[] = [
  {
    name: 'state',
    title: 'State',
    class: 'fit',
    cell: ({ state }) => (state === undefined ? '' : <StateChip state={state} />),
  },
  {
    name: 'label',
    title: 'Label',
    class: 'request-label',
    cell: ({ userData }) => {
      const label = userData?.['label']
      return typeof label === 'string' ? (
        <div class="cut" title={label}>
          {label}
        </div>
      ) : (
        ''
      )
    },
  },
  { name: 'retries', title: 'Retries', class: 'right fit', cell: ({ retryCount }) => retryCount ?? 0 },
  {
    name: 'client',
    title: 'Held by',
    class: 'request-client',
    cell: ({ lockByClient }) => <div class="cut">{lockByClient ?? ''}</div>,
  },
  { name: 'when', title: 'When', class: 'right fit', cell: (item) => <When item={item} /> },
]

/** The moment that matters in the state of the request. */
function When({ item }: { readonly item: RequestItem }) {
  const { state, lockExpiresAt, availableAt, handledAt } = item
  if (state === 'locked') return <Time at={lockExpiresAt} />
  if (state === 'scheduled') return <Time at={availableAt} />
  if (handledAt !== undefined) return <Time at={handledAt} />
  return <span class="quiet">–</span>
}

function ErrorLine({ item }: { readonly item: RequestItem }) {
  const last = item.errorMessages?.at(-1)
  if (item.state !== 'failed' || typeof last !== 'string') return null
  return (
    <div class="cut small problem" title={last}>
      {last.split('\n', 1)[0]}
    </div>
  )
}
