import type { MeasurementResult } from '../../load/measurement.ts'

/** The prefix of the output line with the result. */
export const resultMark = 'headlock-bench '

/** The result that the script prints, in calls and microseconds. */
interface WrkResult {
  readonly calls: number
  readonly failed: number
  readonly refused: number
  readonly tookMicros: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly p999Micros: number
  readonly maxMicros: number
}

/**
 * The Lua code that prints the result when wrk is done. Calls that were under way at the end do not count as
 * failed.
 */
export const printResult = `
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('${resultMark}{"calls": %d, "failed": %d, "refused": %d, "tookMicros": %d, ' ..
    '"p50Micros": %.3f, "p99Micros": %.3f, "p999Micros": %.3f, "maxMicros": %.3f}\\n',
    summary.requests, errors.connect + errors.read + errors.write, errors.status, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
`

/** @throws Error when calls failed or were refused, or when the output has another form */
export function measurementOf(output: string): MeasurementResult {
  const line = output.split('\n').find((one) => one.startsWith(resultMark))
  if (line === undefined) throw new Error(`wrk did not print its result:\n${output.trim()}`)
  const result = JSON.parse(line.slice(resultMark.length)) as WrkResult
  if (result.failed > 0 || result.refused > 0) {
    throw new Error(`${result.failed} calls of wrk failed and ${result.refused} were refused`)
  }
  return {
    calls: result.calls,
    requests: result.calls,
    seconds: result.tookMicros / 1e6,
    p50Ms: result.p50Micros / 1000,
    p99Ms: result.p99Micros / 1000,
    p999Ms: result.p999Micros / 1000,
    maxMs: result.maxMicros / 1000,
    markSeconds: [],
  }
}
