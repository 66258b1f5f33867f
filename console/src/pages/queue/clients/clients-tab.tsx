import { useEffect, useState } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { ClientRow } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Cut } from '../../../parts/cut.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'
import { useMayWrite } from '../../../state/session.ts'
import { usePages } from '../../../state/use-pages.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import type { TabProps } from '../tab-props.ts'
import { type Holder, heldBy, holderKeyOf, hrefOfHeld, unlockLabelOf } from './holder.ts'

const everyMs = 3000
const pageLength = 50

/** The clients of the queue: who holds how much, and what became of what they got. */
export function ClientsTab({ queue, round, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const clients = usePages<ClientRow>(
    queuePath(queue.id, '/clients'),
    { limit: pageLength },
    everyMs,
    holderKeyOf,
  )
  const { rows } = clients
  const [unlocked, setUnlocked] = useState<Holder | null>(null)
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) clients.reload()
  }, [round])
  const columns: readonly Column<ClientRow>[] = [
    {
      name: 'client',
      title: 'Client',
      class: 'half whole',
      cell: ({ clientKey, runId }) => (
        <>
          <a class="opener" href={hrefOfHeld(queue.id, { clientKey, runId })}>
            <Cut text={clientKey} />
          </a>
          {runId !== null && <Cut class="small quiet" text={`run ${runId}`} />}
        </>
      ),
    },
    { name: 'locked', title: 'Holds', class: 'right', cell: ({ locked }) => countText(locked) },
    {
      name: 'expiry',
      title: 'First lock ends',
      class: 'right',
      cell: ({ nextExpiryAt }) => <Time at={nextExpiryAt} />,
    },
    { name: 'handedOut', title: 'Handed out', class: 'right', cell: ({ handedOut }) => countText(handedOut) },
    { name: 'handled', title: 'Handled', class: 'right', cell: ({ handled }) => countText(handled) },
    {
      name: 'ranOut',
      title: 'Ran out',
      class: 'right',
      cell: ({ ranOut }) => <span class={ranOut > 0 ? 'problem' : ''}>{countText(ranOut)}</span>,
    },
    { name: 'seen', title: 'Last seen', class: 'right', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    ...(mayWrite
      ? [
          {
            name: 'unlock',
            title: '',
            class: 'fit corner',
            cell: (client: ClientRow) => (
              <Button
                isSmall
                isDisabled={client.locked === 0}
                label={unlockLabelOf(client)}
                onClick={() => setUnlocked(client)}
              >
                Unlock
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <Panel title="Clients">
      {rows.length > 0 && <Table label="Clients" rows={rows} columns={columns} keyOf={holderKeyOf} hasKeys />}
      {clients.hasMore && (
        <div class="more">
          <Button onClick={clients.more}>Show more</Button>
        </div>
      )}
      {clients.data !== null && rows.length === 0 && (
        <Empty title="No client has worked on this queue lately">
          A client is named by the <code>clientKey</code> of its calls.
        </Empty>
      )}
      {clients.error !== null && rows.length === 0 && <Empty title={clients.error.message} />}
      {unlocked !== null && (
        <ActionDialog
          queueId={queue.id}
          action="unlock"
          target={{ filter: heldBy(unlocked) }}
          onClose={() => setUnlocked(null)}
          onDone={onChanged}
        />
      )}
    </Panel>
  )
}
