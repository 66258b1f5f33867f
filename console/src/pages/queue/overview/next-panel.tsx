import type { RequestItem } from '../../../api/shapes.ts'
import { maskedUrl } from '../../../format/credentials.ts'
import { countText } from '../../../format/numbers.ts'
import { Cut } from '../../../parts/cut.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { hrefOf, queueWay } from '../../../state/route.ts'

interface NextPanelProps {
  readonly queueId: string
  readonly next: readonly RequestItem[]
}

/** The requests that the next head/lock gets, in order. */
export function NextPanel({ queueId, next }: NextPanelProps) {
  const columns: readonly Column<RequestItem>[] = [
    {
      name: 'url',
      title: 'URL',
      class: 'long whole',
      cell: ({ id, url }) => (
        <a class="opener" href={hrefOf(queueWay(queueId, `?tab=requests&request=${encodeURIComponent(id)}`))}>
          <Cut text={maskedUrl(url)} />
        </a>
      ),
    },
    { name: 'method', title: 'Method', class: 'fit', cell: ({ method }) => method ?? 'GET' },
    {
      name: 'retries',
      title: 'Retries',
      class: 'right fit',
      cell: ({ retryCount }) => countText(retryCount ?? 0),
    },
  ]
  return (
    <Panel
      title="What comes next"
      tools={<span class="small quiet">{next.length === 0 ? '' : `the first ${next.length}`}</span>}
    >
      {next.length === 0 ? (
        <p class="inside quiet">Nothing can be handed out now.</p>
      ) : (
        <Table label="What comes next" rows={next} columns={columns} keyOf={({ id }) => id} hasKeys />
      )}
    </Panel>
  )
}
