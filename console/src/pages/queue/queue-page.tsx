import { useEffect, useMemo, useState } from 'preact/hooks'
import { queuePath } from '../../api/paths.ts'
import type { Explanation, FigureEvent, PolicyState, QueueDetail } from '../../api/shapes.ts'
import { Empty } from '../../parts/empty.tsx'
import { hrefOf } from '../../state/route.ts'
import { useData } from '../../state/use-data.ts'
import { nameOf } from '../queues/queue-name.ts'
import { Jobs } from './actions/jobs.tsx'
import { ClientsTab } from './clients/clients-tab.tsx'
import { Counts } from './counts.tsx'
import { FailuresTab } from './failures/failures-tab.tsx'
import { HostsTab } from './hosts/hosts-tab.tsx'
import { OverviewTab } from './overview/overview-tab.tsx'
import { useQueueFigures } from './overview/use-queue-figures.ts'
import { PolicyTab } from './policy/policy-tab.tsx'
import { QueueHeader } from './queue-header.tsx'
import { RequestsTab } from './requests/requests-tab.tsx'
import type { TabProps } from './tab-props.ts'
import { type TabName, Tabs, tabIn } from './tabs.tsx'
import { Verdict } from './verdict.tsx'

/** Counts, rates and the explanation come by events. These calls tell the rest. */
const detailEveryMs = 10_000
const policyEveryMs = 15_000

interface QueuePageProps {
  readonly queueId: string
  readonly query: URLSearchParams
}

/** One queue: what happens in it, why, and what can be done about it. */
export function QueuePage({ queueId, query }: QueuePageProps) {
  const tab = tabIn(query)
  const detail = useData<QueueDetail>(queuePath(queueId), detailEveryMs)
  const policy = useData<PolicyState>(queuePath(queueId, '/policy'), policyEveryMs)
  const asked = useData<Explanation>(queuePath(queueId, '/explain'))
  const [explanation, setExplanation] = useState<Explanation | null>(null)
  useEffect(() => setExplanation(asked.data), [asked.data])
  const figures = useQueueFigures(queueId, setExplanation)
  const [round, setRound] = useState(0)
  const { latest } = figures
  const newest = useMemo(() => withLatest(explanation, latest), [explanation, latest])
  const queue = useMemo(() => withCounts(detail.data, latest), [detail.data, latest])
  const name = queue === null ? queueId : nameOf(queue)
  useEffect(() => {
    document.title = `${name} - Headlock`
  }, [name])

  function onChanged(): void {
    detail.reload()
    asked.reload()
    policy.reload()
    setRound((before) => before + 1)
  }

  if (detail.isAbsent) return <NoQueue queueId={queueId} />
  if (queue === null) return detail.error === null ? null : <p class="problem">{detail.error.message}</p>
  return (
    <>
      <QueueHeader
        queue={queue}
        policy={policy.data}
        isPaused={explanation?.paused ?? policy.data?.policy.paused === true}
        onChanged={onChanged}
      />
      <Verdict explanation={explanation} figures={figures.recent} />
      <Counts queue={queue} explanation={newest} />
      <Jobs queueId={queue.id} round={round} onEnded={onChanged} />
      <Tabs queueId={queueId} current={tab} />
      <TabOf
        tab={tab}
        queue={queue}
        query={query}
        explanation={newest}
        figures={figures}
        policy={policy.data}
        round={round}
        onChanged={onChanged}
      />
    </>
  )
}

// Events of figures are newer than the answers to calls, and no place of the page may say another number than the next one.

function withCounts(queue: QueueDetail | null, latest: FigureEvent | null): QueueDetail | null {
  if (queue === null || latest === null) return queue
  const { totalCount = queue.totalRequestCount, handledCount = queue.handledRequestCount } = latest
  return {
    ...queue,
    totalRequestCount: totalCount,
    handledRequestCount: handledCount,
    pendingRequestCount: totalCount - handledCount,
  }
}

function withLatest(explanation: Explanation | null, latest: FigureEvent | null): Explanation | null {
  if (explanation === null || latest === null) return explanation
  const { locked, handledCount: handled = explanation.counts.handled } = latest
  return {
    ...explanation,
    counts: { ...explanation.counts, locked, handled },
    capped: explanation.capped.filter((name) => name !== 'handled'),
  }
}

interface TabOfProps extends TabProps {
  readonly tab: TabName
}

function TabOf({ tab, ...props }: TabOfProps) {
  if (tab === 'requests') return <RequestsTab {...props} />
  if (tab === 'failures') return <FailuresTab {...props} />
  if (tab === 'hosts') return <HostsTab {...props} />
  if (tab === 'clients') return <ClientsTab {...props} />
  if (tab === 'policy') return <PolicyTab {...props} />
  return <OverviewTab {...props} />
}

function NoQueue({ queueId }: { readonly queueId: string }) {
  return (
    <section class="panel">
      <Empty title="There is no such queue">
        You have none at <code class="wrap">{queueId}</code>. It may have been deleted, as an unnamed queue is
        when nobody uses it for long. <a href={hrefOf('')}>All queues</a>
      </Empty>
    </section>
  )
}
