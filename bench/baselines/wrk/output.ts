import type { MeasurementResult } from '../../load/measurement.ts'

/** Begins the line on which the script of wrk tells what it measured. */
export const resultMark = 'headlock-bench '

/** What the script tells, in calls and microseconds. */
interface Told {
  readonly calls: number
  readonly failed: number
  readonly refused: number
  readonly tookMicros: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly p999Micros: number
  readonly maxMicros: number
}

/** Lua that prints it, when wrk has done its work. Calls that were under way at the end are no failures. */
export const tellResult = `
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('${resultMark}{"calls": %d, "failed": %d, "refused": %d, "tookMicros": %d, ' ..
    '"p50Micros": %.3f, "p99Micros": %.3f, "p999Micros": %.3f, "maxMicros": %.3f}\\n',
    summary.requests, errors.connect + errors.read + errors.write, errors.status, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
`

/** @throws Error when calls failed, or were refused, or the output says something else */
export function measurementOf(output: string): MeasurementResult {
  const line = output.split('\n').find((one) => one.startsWith(resultMark))
  if (line === undefined) throw new Error(`wrk did not tell what it measured:\n${output.trim()}`)
  const told = JSON.parse(line.slice(resultMark.length)) as Told
  if (told.failed > 0 || told.refused > 0) {
    throw new Error(`Of the calls of wrk ${told.failed} failed and ${told.refused} were refused`)
  }
  return {
    calls: told.calls,
    requests: told.calls,
    seconds: told.tookMicros / 1e6,
    p50Ms: told.p50Micros / 1000,
    p99Ms: told.p99Micros / 1000,
    p999Ms: told.p999Micros / 1000,
    maxMs: told.maxMicros / 1000,
    markSeconds: [],
  }
}
