import { useMemo } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { Explanation, FigureName } from '../../../api/shapes.ts'
import { type LiveFigures, type Timeline, useLiveFigures } from '../../../state/use-live-figures.ts'

export interface RecentRates {
  readonly addedPerSec: number
  readonly handledPerSec: number
  /** Null when the queue does not shrink. */
  readonly secsToEmpty: number | null
}

export interface QueueFigures extends LiveFigures {
  readonly recent: RecentRates | null
}

const recentSecs = 30

/**
 * The last five minutes of a queue.
 *
 * @param onExplained called when the server explains the queue anew, which it does for all its viewers at once
 */
export function useQueueFigures(
  queueId: string,
  onExplained: (explanation: Explanation) => void,
): QueueFigures {
  const path = queuePath(queueId)
  const figures = useLiveFigures(path, `${path}/events?explain=true`, (name, data) => {
    if (name === 'explain') onExplained(data as Explanation)
  })
  const { live } = figures
  return { ...figures, recent: useMemo(() => recentOf(live), [live]) }
}

function recentOf(live: Timeline | null): RecentRates | null {
  if (live === null || live.times.length === 0) return null
  const mean = (name: FigureName) => {
    const last = live.series[name].slice(-recentSecs)
    return last.reduce((sum, value) => sum + value, 0) / (last.length * live.stepSecs)
  }
  const [addedPerSec, handledPerSec] = [mean('added'), mean('handled')]
  const pending = live.series.pending.at(-1) ?? 0
  const shrinkingPerSec = handledPerSec - addedPerSec
  const isShrinking = pending > 0 && shrinkingPerSec > 0
  return { addedPerSec, handledPerSec, secsToEmpty: isShrinking ? pending / shrinkingPerSec : null }
}
