import type { Results } from '../rounds/figures.ts'
import { echoAdd, wrkRows } from './comparisons.ts'

/** How the benchmark's own load compares with wrk on the same servers, in a line. */
export function wrkNote({ limits, workloads }: Results): string {
  const rows = { ...limits, ...workloads }
  const ratios = Object.entries(wrkRows).flatMap(([row, byWrk]) => {
    const ratio = rows[byWrk]?.ownOverWrk
    return ratio === undefined
      ? []
      : [`${row === echoAdd ? 'bare node:http' : row} ${ratio.median.toFixed(2)}`]
  })
  if (ratios.length === 0)
    return 'wrk is not installed, or has not been asked: the load is not checked against it.'
  return `The load against wrk, calls a second on the same server in the same round (medians): ${ratios.join(', ')}.`
}
