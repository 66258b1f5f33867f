import { useEffect, useState } from 'preact/hooks'
import { queryOf } from '../api/call.ts'
import { type FigureEvent, type FigureName, type Figures, figureNames } from '../api/shapes.ts'
import type { StreamState } from '../api/stream.ts'
import { useData } from './use-data.ts'
import { useStream } from './use-stream.ts'

/** Figures in the form of the charts. */
export interface Timeline {
  /** When each step begins, in seconds since 1970. */
  readonly times: readonly number[]
  readonly stepSecs: number
  readonly series: Readonly<Record<FigureName, readonly number[]>>
}

export interface LiveFigures {
  /** The last five minutes, second by second. Null: not known yet, or the server has no figures. */
  readonly live: Timeline | null
  /** The newest event. Null: there was none yet. */
  readonly latest: FigureEvent | null
  readonly isAbsent: boolean
}

const liveSecs = 300

/**
 * The last five minutes of a queue or of the server. They grow by a second at a time, as events come.
 *
 * @param path of the queue or the server
 * @param eventsPath its stream
 * @param onOther called for events that have no figures
 */
export function useLiveFigures(
  path: string,
  eventsPath = `${path}/events`,
  onOther: (name: string, data: unknown) => void = () => {},
): LiveFigures {
  const [live, setLive] = useState<Timeline | null>(null)
  const [latest, setLatest] = useState<FigureEvent | null>(null)
  const [stream, setStream] = useState<StreamState>('opening')
  // Asked again when the stream opens: what was missed while it was closed comes with it.
  const asked = useData<Figures>(
    `${path}/figures${queryOf({ range: '5m' })}`,
    stream === 'absent' ? 2000 : null,
  )
  const state = useStream(eventsPath, (name, data) => {
    if (name !== 'figures') return onOther(name, data)
    const event = data as FigureEvent
    setLatest(event)
    setLive((before) => (before === null ? before : grown(before, event)))
  })
  // Only a change of the state counts.
  useEffect(() => {
    if (state === 'live' && stream !== 'opening') asked.reload()
    setStream(state)
  }, [state])
  useEffect(() => {
    if (asked.data !== null) setLive(timelineOf(asked.data))
  }, [asked.data])
  return { live, latest, isAbsent: asked.isAbsent }
}

export function timelineOf({ from, stepSecs, series }: Figures): Timeline {
  const start = Date.parse(from) / 1000
  return { times: series.added.map((_, index) => start + index * stepSecs), stepSecs, series }
}

function grown(before: Timeline, event: FigureEvent): Timeline {
  const at = Math.floor(Date.parse(event.at) / 1000)
  const isSame = before.times.at(-1) === at
  if (!isSame && at < (before.times.at(-1) ?? 0)) return before
  const kept = isSame ? before.times.length - 1 : before.times.length
  const from = Math.max(0, kept - liveSecs + 1)
  const series = Object.fromEntries(
    figureNames.map((name) => [name, [...before.series[name].slice(from, kept), event[name]]]),
  ) as Record<FigureName, number[]>
  return { ...before, times: [...before.times.slice(from, kept), at], series }
}
