import type { RouteRow } from '../../api/shapes.ts'
import { countText, msText, rateText } from '../../format/numbers.ts'
import { Cut } from '../../parts/cut.tsx'
import { Panel } from '../../parts/panel.tsx'
import { type Column, Table } from '../../parts/table.tsx'

/** The calls by route. */
export function RoutesPanel({ routes }: { readonly routes: readonly RouteRow[] }) {
  return (
    <Panel title="Calls">
      {routes.length === 0 ? (
        <p class="inside quiet">No calls yet.</p>
      ) : (
        <Table label="Calls by route" rows={routes} columns={columns} keyOf={({ route }) => route} />
      )}
    </Panel>
  )
}

const columns: readonly Column<RouteRow>[] = [
  {
    name: 'route',
    title: 'Route',
    class: 'long whole',
    cell: ({ route }) => <Cut class="mono" text={route} />,
  },
  {
    name: 'rate',
    title: 'Calls/s',
    class: 'right',
    cell: ({ perSec }) => (perSec === undefined ? '–' : rateText(perSec)),
  },
  { name: 'calls', title: 'Calls', class: 'right', cell: ({ calls }) => countText(calls) },
  {
    name: 'errors',
    title: 'Errors',
    class: 'right',
    cell: ({ errors }) => <span class={errors > 0 ? 'problem' : ''}>{countText(errors)}</span>,
  },
  {
    name: 'half',
    title: 'Half within',
    class: 'right',
    cell: ({ p50Ms }) => (p50Ms === null ? '–' : msText(p50Ms)),
  },
  {
    name: 'most',
    title: '99% within',
    class: 'right',
    cell: ({ p99Ms }) => (p99Ms === null ? '–' : msText(p99Ms)),
  },
]
