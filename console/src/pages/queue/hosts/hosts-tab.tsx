import { useEffect } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { HostRow } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Cut } from '../../../parts/cut.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { type SortChoice, SortSelect } from '../../../parts/sort-select.tsx'
import { type Column, type Sort, Table } from '../../../parts/table.tsx'
import { Time } from '../../../parts/time.tsx'
import { hrefOf, queueWay, setQuery } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { usePages } from '../../../state/use-pages.ts'
import type { TabProps } from '../tab-props.ts'
import { HostActions } from './host-actions.tsx'

const everyMs = 3000
const pageLength = 50

const sortChoices: readonly SortChoice[] = [
  { title: 'Most pending', by: 'pending', isDesc: true },
  { title: 'Most locked', by: 'locked', isDesc: true },
  { title: 'Due first', by: 'nextDueAt', isDesc: false },
  { title: 'By host', by: 'host', isDesc: false },
]

/** The hosts of the requests that are left: how many, which rule they have, and when the next one is due. */
export function HostsTab({ queue, query, round, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const sort: Sort = { by: query.get('sort') ?? 'pending', isDesc: query.get('desc') !== 'false' }
  const asked = { sort: sort.by, desc: String(sort.isDesc), limit: pageLength }
  const hosts = usePages<HostRow>(queuePath(queue.id, '/hosts'), asked, everyMs, hostOf)
  const { rows } = hosts
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) hosts.reload()
  }, [round])

  const columns: readonly Column<HostRow>[] = [
    {
      name: 'host',
      title: 'Host',
      isSortable: true,
      class: 'half whole',
      cell: ({ host, paused }) => (
        <div class="row is-line">
          <a
            class="opener"
            href={hrefOf(queueWay(queue.id, `?tab=requests&host=${encodeURIComponent(host)}`))}
          >
            <Cut text={host} />
          </a>
          {paused && <span class="chip">paused</span>}
        </div>
      ),
    },
    {
      name: 'pending',
      title: 'Pending',
      isSortable: true,
      class: 'right',
      cell: ({ pending }) => countText(pending),
    },
    {
      name: 'locked',
      title: 'Locked',
      isSortable: true,
      class: 'right',
      cell: ({ locked }) => countText(locked),
    },
    { name: 'rule', title: 'Rule', class: 'right', cell: (row) => ruleText(row) },
    {
      name: 'nextDueAt',
      title: 'Next due',
      isSortable: true,
      class: 'right',
      cell: ({ nextDueAt }) => <Time at={nextDueAt} />,
    },
    {
      name: 'cooldown',
      title: 'Cooldown until',
      class: 'right',
      cell: ({ cooldownUntil }) => <Time at={cooldownUntil} />,
    },
    ...(mayWrite
      ? [
          {
            name: 'actions',
            title: '',
            class: 'fit corner',
            cell: (row: HostRow) => <HostActions queueId={queue.id} row={row} onChanged={onChanged} />,
          },
        ]
      : []),
  ]
  return (
    <Panel
      title="Hosts"
      tools={
        <>
          {hosts.data?.capped === true && <span class="small quiet">of the first 10,000 requests</span>}
          <SortSelect
            label="Order of the hosts"
            choices={sortChoices}
            sort={sort}
            isForPhones
            onSort={setSort}
          />
        </>
      }
    >
      {rows.length > 0 && (
        <Table
          label="Hosts"
          rows={rows}
          columns={columns}
          keyOf={hostOf}
          sort={sort}
          onSort={setSort}
          isWaiting={hosts.isWaiting}
          hasKeys
        />
      )}
      {hosts.hasMore && (
        <div class="more">
          <Button onClick={hosts.more}>Show more</Button>
        </div>
      )}
      {hosts.data !== null && rows.length === 0 && (
        <Empty title="No host has requests to do">
          A host is there while some of its requests are not handled.
        </Empty>
      )}
      {hosts.error !== null && rows.length === 0 && <Empty title={hosts.error.message} />}
    </Panel>
  )
}

function hostOf({ host }: HostRow): string {
  return host
}

function setSort({ by, isDesc }: Sort): void {
  setQuery({ sort: by, desc: isDesc ? null : 'false' })
}

function ruleText({ concurrency, delaySecs }: HostRow): string {
  const parts = [
    ...(concurrency === null ? [] : [`${countText(concurrency)} at once`]),
    ...(delaySecs === null || delaySecs === 0 ? [] : [`${delaySecs} s apart`]),
  ]
  return parts.length === 0 ? '–' : parts.join(', ')
}
