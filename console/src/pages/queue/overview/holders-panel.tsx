import type { LockHolder } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Cut } from '../../../parts/cut.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'
import { useMayWrite } from '../../../state/session.ts'
import { type Holder, holderKeyOf, unlockLabelOf } from '../clients/holder.ts'

interface HoldersPanelProps {
  readonly holders: readonly LockHolder[]
  onUnlock(holder: Holder): void
}

/** Who holds what. */
export function HoldersPanel({ holders, onUnlock }: HoldersPanelProps) {
  const mayWrite = useMayWrite()
  const unlock: Column<LockHolder> = {
    name: 'unlock',
    title: '',
    class: 'fit corner',
    cell: (holder) => (
      <Button isSmall label={unlockLabelOf(holder)} onClick={() => onUnlock(holder)}>
        Unlock
      </Button>
    ),
  }
  return (
    <Panel title="Who holds what">
      {holders.length === 0 ? (
        <p class="inside quiet">Nobody holds a request.</p>
      ) : (
        <Table
          label="Who holds what"
          rows={holders}
          columns={mayWrite ? [...columns, unlock] : columns}
          keyOf={holderKeyOf}
        />
      )}
    </Panel>
  )
}

const columns: readonly Column<LockHolder>[] = [
  {
    name: 'client',
    title: 'Client',
    class: 'long whole',
    cell: ({ clientKey, runId }) => (
      <>
        <Cut text={clientKey} />
        {runId !== null && <Cut class="small quiet" text={`run ${runId}`} />}
      </>
    ),
  },
  { name: 'count', title: 'Holds', class: 'right', cell: ({ count }) => countText(count) },
  {
    name: 'expiry',
    title: 'First lock ends',
    class: 'right',
    cell: ({ nextExpiryAt }) => <Time at={nextExpiryAt} />,
  },
]
