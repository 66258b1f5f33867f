import { useEffect, useState } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { FailureRow, Page } from '../../../api/shapes.ts'
import { maskedText } from '../../../format/credentials.ts'
import { countText } from '../../../format/numbers.ts'
import { visibleText } from '../../../format/visible.ts'
import { Button } from '../../../parts/button.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { go, hrefOf } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { useData } from '../../../state/use-data.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import type { ActionTarget } from '../actions/run-action.ts'
import type { TabProps } from '../tab-props.ts'
import { wayToFailed } from './failure-in-address.ts'

const everyMs = 5000

/** What went wrong, grouped by the text of the error. */
export function FailuresTab({ queue, round, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const failures = useData<Page<FailureRow>>(queuePath(queue.id, '/failures'), everyMs)
  const [retried, setRetried] = useState<ActionTarget | null>(null)
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) failures.reload()
  }, [round])
  const rows = failures.data?.items ?? []
  const columns: readonly Column<FailureRow>[] = [
    {
      name: 'error',
      title: 'Error',
      class: 'long whole',
      cell: ({ error }) => (
        <a class="opener wrap" href={hrefOf(wayToFailed(queue.id, error))}>
          {visibleText(maskedText(error))}
        </a>
      ),
    },
    { name: 'count', title: 'Requests', class: 'right', cell: ({ count }) => countText(count) },
    {
      name: 'example',
      title: 'Example',
      class: 'fit',
      cell: ({ error, exampleId }) => (
        <a href={hrefOf(wayToFailed(queue.id, error, exampleId))}>
          <code>{exampleId}</code>
        </a>
      ),
    },
    ...(mayWrite
      ? [
          {
            name: 'retry',
            title: '',
            class: 'fit corner',
            cell: ({ error }: FailureRow) => (
              <Button isSmall onClick={() => setRetried({ filter: { state: 'failed', error } })}>
                Retry all
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <Panel
      title="Failures by error"
      tools={
        mayWrite &&
        rows.length > 1 && (
          <Button isSmall onClick={() => setRetried({ filter: { state: 'failed' } })}>
            Retry all failures
          </Button>
        )
      }
    >
      {rows.length > 0 && (
        <Table
          label="Failures by error"
          rows={rows}
          columns={columns}
          keyOf={({ error }) => error}
          onOpen={({ error }) => go(wayToFailed(queue.id, error))}
          hasKeys
        />
      )}
      {failures.data !== null && rows.length === 0 && (
        <Empty title="Nothing has failed">A request fails when it is handled with error messages.</Empty>
      )}
      {failures.error !== null && rows.length === 0 && <Empty title={failures.error.message} />}
      {retried !== null && (
        <ActionDialog
          queueId={queue.id}
          action="giveBack"
          target={retried}
          onClose={() => setRetried(null)}
          onDone={onChanged}
        />
      )}
    </Panel>
  )
}
