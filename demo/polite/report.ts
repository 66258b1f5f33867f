import type { Millis } from '../../src/domain/time.ts'
import type { PoliteOptions, PoliteRun } from './demonstration.ts'

type Asked = Pick<PoliteOptions, 'sites' | 'pagesPerSite' | 'delaySecs'>

/** What is not as promised, a sentence each. Without a policy the crawl has to be complete, and no more. */
export function problemsOf(runs: readonly PoliteRun[], { sites, pagesPerSite, delaySecs }: Asked): string[] {
  const pages = sites * pagesPerSite
  return runs.flatMap((run) => {
    const when = run.hasPolicy ? 'with the policy' : 'without a policy'
    const problems: string[] = []
    if (run.pages !== pages) problems.push(`${when}, ${run.pages} of ${pages} pages were crawled`)
    if (run.requests !== run.pages) {
      problems.push(`${when}, ${run.requests - run.pages} pages were asked for again`)
    }
    if (run.queue.handled !== pages || run.queue.pending !== 0) {
      problems.push(
        `${when}, the queue has ${run.queue.handled} handled and ${run.queue.pending} pending requests`,
      )
    }
    if (run.hasPolicy && run.mostAtOnce > 1)
      problems.push(`${run.mostAtOnce} requests were at one site at once`)
    if (run.hasPolicy && run.shortestGapMs < delaySecs * 1000) {
      problems.push(`a site was asked again after ${seconds(run.shortestGapMs)} s`)
    }
    return problems
  })
}

/** The table of both crawls, and a sentence. */
export function politeReport(runs: readonly PoliteRun[], asked: Asked): string {
  const header = ['', 'pages', 'time', 'most at once', 'shortest gap']
  const rows = runs.map(({ hasPolicy, pages, durationMs, mostAtOnce, shortestGapMs }) => [
    hasPolicy ? 'with the policy' : 'without a policy',
    String(pages),
    `${seconds(durationMs, 1)} s`,
    String(mostAtOnce),
    `${seconds(shortestGapMs)} s`,
  ])
  return `${table([header, ...rows])}\n\n${verdict(runs, asked)}\n`
}

function verdict(runs: readonly PoliteRun[], asked: Asked): string {
  const problems = problemsOf(runs, asked)
  if (problems.length > 0)
    return ['NOT AS PROMISED:', ...problems.map((problem) => `  - ${problem}`)].join('\n')
  return (
    `The same crawlers, unchanged: with the policy no site had more than one request at a time, or two within ` +
    `${asked.delaySecs} s.\nEach page was crawled once.`
  )
}

function seconds(ms: Millis, digits = 3): string {
  return (ms / 1000).toFixed(digits)
}

/** The first column on the left, numbers on the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
  const ruler = '-'.repeat(lines[0]!.length)
  return [ruler, lines[0], ruler, ...lines.slice(1), ruler].join('\n')
}
