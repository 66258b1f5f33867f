import type { Figures, Results } from '../rounds/figures.ts'
import { median } from '../rounds/statistics.ts'
import { withoutHistory } from '../scenarios/history-rows.ts'
import { withoutRules } from '../scenarios/rules-rows.ts'

/** For each row with rules or histories whose row without was measured too: the ratios within each round. */
export function rulesNote({ workloads }: Results): string {
  const lines = Object.entries({ ...withoutRules, ...withoutHistory }).flatMap(([name, without]) => {
    const [ruled, plain] = [workloads[name], workloads[without]]
    if (ruled === undefined || plain === undefined) return []
    const cpu = ratio(cpuOf(ruled), cpuOf(plain))
    const p99 = ratio(ruled.p99Ms?.rounds ?? [], plain.p99Ms?.rounds ?? [])
    return [
      `${name} / ${without}: ${cpu} times the processor time of the server a call, ${p99} times the p99.`,
    ]
  })
  return lines.length === 0 ? '' : `\n${lines.join('\n')}`
}

function cpuOf({ httpMicros, storageMicros, helpersMicros }: Figures): number[] {
  return (httpMicros?.rounds ?? []).map(
    (http, round) => http + (storageMicros?.rounds[round] ?? 0) + (helpersMicros?.rounds[round] ?? 0),
  )
}

function ratio(ruled: readonly number[], plain: readonly number[]): string {
  if (ruled.length === 0) return 'unknown'
  return median(ruled.map((value, round) => value / plain[round]!)).toFixed(2)
}
