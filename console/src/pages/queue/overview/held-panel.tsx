import type { HeldHost } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { Cut } from '../../../parts/cut.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'

const reasons: Readonly<Record<HeldHost['reason'], string>> = {
  concurrency: 'enough in work',
  delay: 'delay',
  cooldown: 'cooldown',
  paused: 'paused',
}

/** The hosts that hold requests back, and why. Nothing where there are none. */
export function HeldPanel({ held }: { readonly held: readonly HeldHost[] }) {
  if (held.length === 0) return null
  return (
    <Panel title="Held back">
      <Table
        label="Held back"
        rows={held}
        columns={columns}
        keyOf={({ host, reason }) => `${host} ${reason}`}
      />
    </Panel>
  )
}

const columns: readonly Column<HeldHost>[] = [
  {
    name: 'host',
    title: 'Host',
    class: 'long whole',
    cell: ({ host }) => <Cut text={host} />,
  },
  { name: 'reason', title: 'Why', class: 'fit', cell: ({ reason }) => reasons[reason] ?? reason },
  { name: 'count', title: 'Requests', class: 'right', cell: ({ count }) => countText(count) },
  { name: 'until', title: 'Until', class: 'right', cell: ({ until }) => <Time at={until} /> },
]
