/** What `headlock watch` prints. */

/** One second of a queue, as the server tells it. */
export interface FigureEvent {
  readonly at: string
  readonly added: number
  readonly handedOut: number
  readonly handled: number
  readonly givenBack: number
  readonly ranOut: number
  readonly failed: number
  readonly pending: number
  readonly locked: number
  readonly handledCount: number
  readonly totalCount: number
}

type Deed = 'added' | 'handedOut' | 'handled' | 'givenBack' | 'ranOut' | 'failed'

const labels: Readonly<Record<Deed, string>> = {
  added: 'added',
  handedOut: 'handed out',
  handled: 'handled',
  givenBack: 'given back',
  ranOut: 'ran out',
  failed: 'failed',
}
const deeds = Object.keys(labels) as Deed[]

/** How many seconds the charts show, and rates are the mean of. */
const chartSecs = 60
const rateSecs = 10
/** So many seconds are needed. */
export const keptSecs = chartSecs

const bars = '▁▂▃▄▅▆▇█'
const meterLength = 30

/** One line, for logs and pipes. */
export function lineOf(event: FigureEvent): string {
  const done = deeds.map((deed) => `${labels[deed]} ${event[deed]}`).join(', ')
  const { at, pending, locked, handledCount, totalCount } = event
  return `${at}: ${done}; pending ${pending}, locked ${locked}, handled ${handledCount} of ${totalCount}\n`
}

/** The picture for a terminal: some lines of the same number each time. @param events the latest last; at least one */
export function pictureOf(queue: string, events: readonly FigureEvent[]): string[] {
  const { at, pending, locked, handledCount, totalCount } = events.at(-1)!
  const share = totalCount === 0 ? 0 : handledCount / totalCount
  const full = Math.round(share * meterLength)
  const meter = '█'.repeat(full) + '░'.repeat(meterLength - full)
  return [
    `${queue}   ${at.slice(11, 19)} UTC`,
    `${meter} ${counted(handledCount)} of ${counted(totalCount)} handled (${Math.floor(100 * share)}%)`,
    `pending ${counted(pending)}   locked ${counted(locked)}   ${leftText(events)}`,
    '',
    ...deeds.map((deed) => {
      const rate = meanOf(events, deed).toFixed(1)
      return `${labels[deed].padEnd(10)} ${rate.padStart(9)}/s  ${chartOf(events.map((event) => event[deed]))}`
    }),
  ]
}

function leftText(events: readonly FigureEvent[]): string {
  const { pending } = events.at(-1)!
  if (pending === 0) return 'nothing is left'
  const shrinkingPerSec = meanOf(events, 'handled') - meanOf(events, 'added')
  return shrinkingPerSec > 0 ? `empty in ${durationText(pending / shrinkingPerSec)}` : 'does not shrink'
}

function meanOf(events: readonly FigureEvent[], deed: Deed): number {
  const recent = events.slice(-rateSecs)
  return recent.reduce((sum, event) => sum + event[deed], 0) / recent.length
}

function chartOf(values: readonly number[]): string {
  const shown = values.slice(-chartSecs)
  const most = Math.max(1, ...shown)
  return shown
    .map((value) => (value === 0 ? ' ' : bars[Math.ceil((value / most) * bars.length) - 1]))
    .join('')
}

function counted(count: number): string {
  return count.toLocaleString('en')
}

function durationText(secs: number): string {
  if (secs < 90) return `${Math.ceil(secs)} s`
  if (secs < 90 * 60) return `${Math.round(secs / 60)} min`
  return secs < 48 * 3600 ? `${Math.round(secs / 3600)} h` : `${Math.round(secs / 86_400)} days`
}
