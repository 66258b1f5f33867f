/** The pace of a long drain, tenth by tenth. */
import { markdownTable } from '../report/table.ts'

export interface DrainFigures {
  readonly requests: number
  readonly servers: number
  /** For each tenth of the requests, in the order in which they were handled. */
  readonly requestsPerSecond: readonly number[]
}

/** @param markSeconds when each tenth was done, in seconds from the start */
export function tenthsOf(markSeconds: readonly number[], requests: number): number[] {
  return markSeconds.map((mark, index) => requests / 10 / (mark - (markSeconds[index - 1] ?? 0)))
}

/** A Markdown table with a row for each tenth. */
export function drainTable({ requests, servers, requestsPerSecond }: DrainFigures): string {
  const first = requestsPerSecond[0]!
  const last = requestsPerSecond.at(-1)!
  const rows = requestsPerSecond.map((rate, index) => [
    String(index + 1),
    Math.round(rate).toLocaleString('en'),
    (rate / first).toFixed(2),
  ])
  return [
    markdownTable(['tenth', 'requests/s', 'of the first'], rows),
    '',
    `${requests.toLocaleString('en')} requests, server processes: ${servers}. The last tenth went at ` +
      `${(last / first).toFixed(2)} of the first.`,
  ].join('\n')
}
