import { useState } from 'preact/hooks'
import type { QueueRow } from '../../api/shapes.ts'
import { countText, rateText, shortCount } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { visibleText } from '../../format/visible.ts'
import { Button } from '../../parts/button.tsx'
import { Cut } from '../../parts/cut.tsx'
import { Menu } from '../../parts/menu.tsx'
import { ShareBar } from '../../parts/share-bar.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { type Column, type Sort, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { go, hrefOf, queueWay } from '../../state/route.ts'
import { useMayWrite } from '../../state/session.ts'
import { DeleteQueueDialog } from './delete-queue-dialog.tsx'
import { nameOf } from './queue-name.ts'
import { RenameQueueDialog } from './rename-queue-dialog.tsx'

interface QueuesTableProps {
  readonly rows: readonly QueueRow[]
  readonly sort: Sort
  readonly isWaiting: boolean
  onSort(sort: Sort): void
  /** Runs after a queue was renamed or deleted. */
  onChanged(): void
}

export function QueuesTable({ rows, sort, isWaiting, onSort, onChanged }: QueuesTableProps) {
  const mayWrite = useMayWrite()
  const [renamed, setRenamed] = useState<QueueRow | null>(null)
  const [deleted, setDeleted] = useState<QueueRow | null>(null)
  const actions: Column<QueueRow> = {
    name: 'actions',
    title: '',
    class: 'fit corner',
    cell: (row) => (
      <Menu label={`Actions on ${visibleText(nameOf(row))}`}>
        <Button onClick={() => setRenamed(row)}>Rename</Button>
        <Button kind="danger" onClick={() => setDeleted(row)}>
          Delete
        </Button>
      </Menu>
    ),
  }
  return (
    <>
      <Table
        label="Queues"
        rows={rows}
        columns={mayWrite ? [...columns, actions] : columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => go(queueWay(id))}
        sort={sort}
        onSort={onSort}
        isWaiting={isWaiting}
        hasKeys
      />
      {renamed !== null && (
        <RenameQueueDialog queue={renamed} onClose={() => setRenamed(null)} onRenamed={onChanged} />
      )}
      {deleted !== null && (
        <DeleteQueueDialog queue={deleted} onClose={() => setDeleted(null)} onDeleted={onChanged} />
      )}
    </>
  )
}

const columns: readonly Column<QueueRow>[] = [
  {
    name: 'name',
    title: 'Name',
    isSortable: true,
    class: 'queue-name whole',
    cell: (row) => (
      <>
        <a class="opener" href={hrefOf(queueWay(row.id))}>
          <Cut text={nameOf(row)} />
        </a>
        <Cut
          class="small quiet"
          text={row.title && row.name ? `${row.ownerName} · ${row.title}` : row.ownerName}
        />
      </>
    ),
  },
  {
    name: 'pending',
    title: 'Pending',
    isSortable: true,
    class: 'right',
    cell: (row) => (
      <span title={countText(row.pendingRequestCount)}>{shortCount(row.pendingRequestCount)}</span>
    ),
  },
  {
    name: 'locked',
    title: 'Locked',
    isSortable: true,
    class: 'right',
    cell: (row) => (
      <span title={countText(row.lockedRequestCount)}>{shortCount(row.lockedRequestCount)}</span>
    ),
  },
  {
    name: 'handled',
    title: 'Handled',
    isSortable: true,
    class: 'right',
    cell: (row) => (
      <span title={countText(row.handledRequestCount)}>{shortCount(row.handledRequestCount)}</span>
    ),
  },
  { name: 'progress', title: 'Progress', class: 'queue-progress', cell: (row) => <Progress row={row} /> },
  {
    name: 'added',
    title: 'Added/s',
    class: 'right queue-extra',
    cell: ({ rates }) => rateText(rates.addedPerSec),
  },
  {
    name: 'done',
    title: 'Handled/s',
    class: 'right',
    cell: ({ rates }) => rateText(rates.handledPerSec),
  },
  {
    name: 'failed',
    title: 'Failed/s',
    class: 'right queue-extra',
    cell: ({ rates }) => (
      <span class={rates.failedPerSec > 0 ? 'problem' : ''}>{rateText(rates.failedPerSec)}</span>
    ),
  },
  {
    name: 'oldest',
    title: 'Oldest',
    class: 'right',
    cell: (row) => <Time at={row.oldestAvailableAt} what="The oldest available request was added" />,
  },
  {
    name: 'empty',
    title: 'Empty in',
    class: 'right',
    cell: ({ pendingRequestCount, secsToEmpty }) => {
      if (pendingRequestCount === 0) return <span class="quiet">empty</span>
      return secsToEmpty === null ? <span class="quiet">–</span> : durationText(1000 * secsToEmpty)
    },
  },
  {
    name: 'hour',
    title: 'Handled, last hour',
    class: 'fit queue-hour queue-extra',
    cell: ({ handledLastHour }) => (
      <Sparkline
        values={handledLastHour}
        label={`${countText(handledLastHour.reduce((sum, value) => sum + value, 0))} handled in the last hour`}
      />
    ),
  },
]

function Progress({ row }: { readonly row: QueueRow }) {
  const { totalRequestCount, handledRequestCount, lockedRequestCount, pendingRequestCount } = row
  const share = totalRequestCount === 0 ? 0 : Math.floor((100 * handledRequestCount) / totalRequestCount)
  const label = `${countText(handledRequestCount)} of ${countText(totalRequestCount)} handled, ${countText(lockedRequestCount)} locked`
  return (
    <div class="progress">
      <ShareBar
        label={label}
        parts={[
          ['handled', handledRequestCount],
          ['locked', lockedRequestCount],
          ['available', Math.max(0, pendingRequestCount - lockedRequestCount)],
        ]}
      />
      <span class="small quiet">{share}%</span>
    </div>
  )
}
