import type { TokenRow } from '../../api/shapes.ts'
import { Cut } from '../../parts/cut.tsx'
import { Command } from '../../parts/empty.tsx'
import { Panel } from '../../parts/panel.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

/** The tokens of the reader, without what is secret. */
export function TokensPanel({ tokens }: { readonly tokens: readonly TokenRow[] }) {
  return (
    <Panel title="Tokens">
      {tokens.length > 0 && <Table label="Tokens" rows={tokens} columns={columns} keyOf={({ id }) => id} />}
      <div class="inside">
        <Command text="headlock token create --help" />
      </div>
    </Panel>
  )
}

const columns: readonly Column<TokenRow>[] = [
  {
    name: 'id',
    title: 'Token',
    class: 'long whole',
    cell: ({ id, name }) => <Cut text={name ?? id} hint={name === null ? id : `${name} (${id})`} />,
  },
  {
    name: 'rights',
    title: 'Rights',
    class: 'fit',
    cell: ({ readOnly }) => (readOnly === true ? 'read' : 'all'),
  },
  { name: 'run', title: 'Run', class: 'fit', cell: ({ runId }) => runId ?? null },
  { name: 'made', title: 'Made', class: 'right', cell: ({ createdAt }) => <Time at={createdAt} /> },
]
