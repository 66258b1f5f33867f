import { useMemo } from 'preact/hooks'
import { queryOf } from '../../../api/call.ts'
import { type FigureName, type Figures, type Range, ranges } from '../../../api/shapes.ts'
import { rateText, shortCount } from '../../../format/numbers.ts'
import { Chart, type Line } from '../../../parts/chart.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { Segments } from '../../../parts/segments.tsx'
import { setQuery } from '../../../state/route.ts'
import { useData } from '../../../state/use-data.ts'
import { type Timeline, timelineOf } from '../../../state/use-live-figures.ts'

const everyMs: Readonly<Record<Range, number>> = { '5m': 1000, '1h': 10_000, '24h': 60_000, '7d': 300_000 }

const work: readonly Omit<Line, 'values'>[] = [
  { name: 'added', title: 'Added', colour: 'available' },
  { name: 'handedOut', title: 'Handed out', colour: 'locked' },
  { name: 'handled', title: 'Handled', colour: 'handled' },
  { name: 'givenBack', title: 'Given back', colour: 'scheduled' },
  { name: 'ranOut', title: 'Ran out', colour: 'quiet' },
  { name: 'failed', title: 'Failed', colour: 'failed' },
]

const backlog: readonly Omit<Line, 'values'>[] = [
  { name: 'pending', title: 'Pending', colour: 'available', isFilled: true },
  { name: 'locked', title: 'Locked', colour: 'locked' },
]

interface FiguresPanelProps {
  /** The path of the queue, or of the server. */
  readonly path: string
  readonly query: URLSearchParams
  readonly live: Timeline | null
}

/** What was done per second, and how much is left. */
export function FiguresPanel({ path, query, live }: FiguresPanelProps) {
  const range = ranges.find((each) => each === query.get('range')) ?? '5m'
  const longer = useData<Figures>(
    range === '5m' ? null : `${path}/figures${queryOf({ range })}`,
    everyMs[range],
  )
  const longerTimeline = useMemo(() => (longer.data === null ? null : timelineOf(longer.data)), [longer.data])
  const shown = range === '5m' ? live : longerTimeline
  return (
    <Panel
      title="Throughput"
      tools={
        <Segments
          label="Range"
          values={ranges}
          value={range}
          onChoose={(next) => setQuery({ range: next === '5m' ? null : next })}
        />
      }
    >
      {shown === null ? <div class="charts-place" /> : <Charts timeline={shown} />}
    </Panel>
  )
}

function Charts({ timeline }: { readonly timeline: Timeline }) {
  const { times, stepSecs, series } = timeline
  const perSec = (name: string) => series[name as FigureName].map((value) => value / stepSecs)
  return (
    <>
      <Chart
        label="Requests per second"
        times={times}
        lines={work.map((line) => ({ ...line, values: perSec(line.name) }))}
        textOf={rateText}
      />
      <Chart
        label="Requests pending and locked"
        times={times}
        lines={backlog.map((line) => ({ ...line, values: series[line.name as FigureName] }))}
        textOf={(value) => shortCount(Math.round(value))}
      />
    </>
  )
}
