import type { Results } from '../rounds/figures.ts'
import { echoAdd, wrkRows } from './comparisons.ts'

/** A line that compares the benchmark's own load with wrk on the same servers. */
export function wrkNote({ limits, workloads }: Results): string {
  const rows = { ...limits, ...workloads }
  const ratios = Object.entries(wrkRows).flatMap(([row, byWrk]) => {
    const ratio = rows[byWrk]?.ownOverWrk
    return ratio === undefined
      ? []
      : [`${row === echoAdd ? 'bare node:http' : row} ${ratio.median.toFixed(2)}`]
  })
  if (ratios.length === 0)
    return 'The load is not compared with wrk: it is not installed, or no row was measured with it.'
  return `The load against wrk, calls a second on the same server in the same round (medians): ${ratios.join(', ')}.`
}
