import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { shortCount } from '../format/numbers.ts'
import { clockText, dayText } from '../format/times.ts'
import { onColours } from '../state/theme.ts'

export interface Line {
  readonly name: string
  readonly title: string
  /** The name of a colour in the styles. */
  readonly colour: string
  readonly values: readonly number[]
  readonly isFilled?: boolean
}

interface ChartProps {
  readonly label: string
  /** In seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  textOf(value: number): string
}

const heightPx = 176
const [minute, hour, day] = [60, 3600, 86_400]
/** How far apart the times below a chart may be, in seconds. Each then has a text of its own: they show no seconds. */
const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 4, 6, 12].map((count) => count * hour),
  ...[1, 2, 4, 8].map((count) => count * day),
]

/** Lines over time. The legend shows the last values, or those under the pointer. */
export function Chart({ label, times, lines, textOf }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [at, setAt] = useState<number | null>(null)
  const [colours, setColours] = useState(0)
  const names = lines.map(({ name }) => name).join()
  const latest = useRef<uPlot.AlignedData>([[]])
  latest.current = [times as number[], ...lines.map(({ values }) => values as number[])]

  useEffect(() => onColours(() => setColours((before) => before + 1)), [])
  // Lines with the same names look the same, and new data is set below.
  useEffect(() => {
    // The reference is gone before the observer is.
    const element = place.current!
    const made = new uPlot(optionsOf(element, lines, textOf, setAt), latest.current, element)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [names, colours])
  useEffect(() => plot.current?.setData(latest.current))

  const shownAt = at !== null && at < times.length ? at : times.length - 1
  return (
    <figure aria-label={label}>
      <div class="legend">
        <div class="legend-lines">
          {lines.map(({ name, title, colour, values }) => (
            <div key={name}>
              <span class={`dot of-${colour}`} aria-hidden="true" />
              {title} <b>{textOf(values[shownAt] ?? 0)}</b>
            </div>
          ))}
        </div>
        <div>{at === null || times[at] === undefined ? '' : clockText(times[at] * 1000)}</div>
      </div>
      <div class="chart" ref={place} />
    </figure>
  )
}

function optionsOf(
  place: HTMLElement,
  lines: readonly Line[],
  textOf: (value: number) => string,
  onPointer: (index: number | null) => void,
): uPlot.Options {
  const styles = getComputedStyle(place)
  const probe = document.createElement('span')
  place.append(probe)
  // A custom property with light-dark() has no colour of its own until something uses it.
  const colourOf = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const quiet = colourOf('quiet')
  const axis = { stroke: quiet, font: `11px ${styles.fontFamily}`, ticks: { show: false } }
  const grid = { stroke: colourOf('line'), width: 1 }
  const options: uPlot.Options = {
    width: Math.max(100, place.clientWidth),
    height: heightPx,
    padding: [12, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, highest) => [0, niceTop(highest)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 72,
        incrs: timeSteps,
        values: (_, times) => timeTexts(times),
      },
      {
        ...axis,
        grid,
        size: 56,
        splits: (_, __, ___, top) => [0, top / 2, top],
        values: (_, values) =>
          values.map((value) => (Number.isInteger(value) ? shortCount(value) : textOf(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ title, colour, isFilled }): uPlot.Series => {
        const stroke = colourOf(colour)
        return {
          label: title,
          stroke,
          width: 1.5,
          points: { show: false },
          ...(isFilled === true ? { fill: stroke.replace(/rgb\((.+)\)/, 'rgba($1, 0.12)') } : {}),
        }
      }),
    ],
    hooks: { setCursor: [({ cursor }) => onPointer(cursor.idx ?? null)] },
  }
  probe.remove()
  return options
}

/** The times below the chart: of the day, or the days where they are far apart. */
function timeTexts(times: readonly number[]): string[] {
  const isDays = (times[1] ?? 0) - (times[0] ?? 0) >= 43_200
  return times.map((at) => (isDays ? dayText(at * 1000) : clockText(at * 1000).slice(0, 5)))
}

/** A round number at or above the highest value, so that the axis seldom changes. */
function niceTop(highest: number | null): number {
  const value = Math.max(highest ?? 0, 1)
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= value) ?? 10 * power
}
