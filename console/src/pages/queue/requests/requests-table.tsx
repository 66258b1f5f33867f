import type { RequestItem } from '../../../api/shapes.ts'
import { maskedText, maskedUrl } from '../../../format/credentials.ts'
import { countText } from '../../../format/numbers.ts'
import { visibleText } from '../../../format/visible.ts'
import { Cut } from '../../../parts/cut.tsx'
import { StateChip } from '../../../parts/state-chip.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'
import { useKeys } from '../../../state/keys.ts'

/** Longer texts are only shown where one request is looked at. */
const errorLengthMax = 2000
const nameLengthMax = 300

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
      <label>
        <input
          type="checkbox"
          aria-label={`Select ${visibleText(maskedUrl(url).slice(0, nameLengthMax))}`}
          checked={selected?.has(id)}
          onChange={() => toggle(id)}
        />
      </label>
    ),
  }
  const url: Column<RequestItem> = {
    name: 'url',
    title: 'URL',
    class: 'long whole',
    cell: (item) => (
      <>
        <button type="button" class="opener" data-request={item.id} onClick={() => onOpen(item.id)}>
          <Cut text={named(item)} />
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
      return typeof label === 'string' ? <Cut text={label} /> : null
    },
  },
  {
    name: 'retries',
    title: 'Retries',
    class: 'right fit',
    cell: ({ retryCount }) => countText(retryCount ?? 0),
  },
  {
    name: 'client',
    title: 'Held by',
    class: 'request-client',
    cell: ({ lockByClient }) => (lockByClient === undefined ? null : <Cut text={lockByClient} />),
  },
  { name: 'when', title: 'When', class: 'right fit', cell: (item) => <When item={item} /> },
]

/** The moment that matters in the state of the request. */
function When({ item }: { readonly item: RequestItem }) {
  const { state, lockExpiresAt, availableAt, handledAt } = item
  if (state === 'locked') return <Time at={lockExpiresAt} what="The lock ends" />
  if (state === 'scheduled') return <Time at={availableAt} what="It becomes available" />
  if (handledAt !== undefined) return <Time at={handledAt} what="It was handled" />
  return <span class="quiet">–</span>
}

function ErrorLine({ item }: { readonly item: RequestItem }) {
  const last = item.errorMessages?.at(-1)
  if (item.state !== 'failed' || typeof last !== 'string') return null
  const text = maskedText(last.slice(0, errorLengthMax))
  return <Cut class="small problem" text={text.split('\n', 1)[0]!} hint={text} />
}

/** The method stands before the URL where it is not the usual one. */
function named({ method = 'GET', url }: RequestItem): string {
  const shown = maskedUrl(url)
  return method === 'GET' ? shown : `${method} ${shown}`
}

/** Gives the focus back to the row of a request that was looked at, so that `j` and `k` go on from there. */
export function focusRequest(id: string): void {
  document.querySelector<HTMLElement>(`[data-request="${CSS.escape(id)}"]`)?.focus()
}
