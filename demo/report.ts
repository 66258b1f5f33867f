import type { Millis } from '../src/domain/time.ts'
import type { Outcome } from './outcome.ts'

/** Further problems would add nothing. */
const problemsMax = 20

type Row = readonly [label: string, value: number, remark?: string | undefined] | null

/** The final table: who crawled what, what the queue says, and whether everything is as promised. */
export function reportText(outcome: Outcome): string {
  const { crawlers, queue, locks, problems } = outcome
  const killed = crawlers.find((crawler) => crawler.killed)
  const rows: Row[] = [
    ['Pages of the site', outcome.sitePages],
    ...crawlers.flatMap((crawler) => crawlerRows(crawler, outcome.finishedUntold.length)),
    ['Crawled twice', outcome.crawledTwice.length],
    null,
    ['Locks that the killed crawler left', locks.held],
    ['  taken over by others', locks.takenOver, killed && takeoverRemark(outcome)],
    [
      'Fetched again after the kill',
      outcome.fetchedAgainAfterKill.length,
      killed && 'fetched, but not finished',
    ],
    null,
    ['Queue, by the API: total', queue.total],
    ['  handled', queue.handled],
    ['  pending', queue.pending],
  ]
  return `${table(rows)}\n\n${verdict(outcome, problems)}\n`
}

function crawlerRows(crawler: Outcome['crawlers'][number], finishedUntold: number): Row[] {
  const { number, finished, killed, takenOver } = crawler
  const remark = killed ? 'killed half-way' : takenOver > 0 ? `${takenOver} of them taken over` : undefined
  const rows: Row[] = [[`  crawled by crawler ${number}`, finished, remark]]
  // Rare, so it is shown only when it happened.
  if (killed && finishedUntold > 0) {
    rows.push(['    handled, but killed before it could tell', finishedUntold])
  }
  return rows
}

function takeoverRemark({ crawlers, takeoverMs }: Outcome): string {
  const takers = crawlers.filter(({ takenOver }) => takenOver > 0).map(({ number }) => number)
  return takers.length === 0 ? '' : `the last one ${seconds(takeoverMs)} s after the kill`
}

function verdict({ durationMs, sitePages, serverKilled }: Outcome, problems: readonly string[]): string {
  const time = `${seconds(durationMs)} s`
  if (problems.length > 0) {
    const told = problems.slice(0, problemsMax).map((problem) => `  - ${problem}`)
    if (problems.length > problemsMax) told.push(`  and ${problems.length - problemsMax} more`)
    return [`NOT AS PROMISED, after ${time}:`, ...told].join('\n')
  }
  const killed = serverKilled ? 'a crawler and a server were' : 'a crawler was'
  return `All ${sitePages} pages were crawled in ${time}, none of them twice, although ${killed} killed half-way.`
}

function seconds(ms: Millis): string {
  return (ms / 1000).toFixed(1)
}

/** Columns: labels on the left, numbers on the right, remarks behind. Null is a line between groups. */
function table(rows: readonly Row[]): string {
  const filled = rows.filter((row) => row !== null)
  const labelWidth = Math.max(...filled.map(([label]) => label.length))
  const valueWidth = Math.max(...filled.map(([, value]) => String(value).length))
  const ruler = '-'.repeat(labelWidth + 2 + valueWidth)
  const lines = rows.map((row) => {
    if (row === null) return ruler
    const [label, value, remark = ''] = row
    return `${label.padEnd(labelWidth)}  ${String(value).padStart(valueWidth)}  ${remark}`.trimEnd()
  })
  return [ruler, ...lines, ruler].join('\n')
}
