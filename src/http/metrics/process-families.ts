import type { Millis } from '../../domain/time.ts'
import { type MetricFamily, numberOf } from './metric-family.ts'

/** What the whole process takes. The names are those of Prometheus' own client libraries. */
export function processFamilies(startedAt: Millis): MetricFamily[] {
  const { user, system } = process.cpuUsage()
  return [
    numberOf(
      'counter',
      'process_cpu_seconds_total',
      'Processor time of the process, with all its threads.',
      (user + system) / 1e6,
    ),
    numberOf(
      'gauge',
      'process_resident_memory_bytes',
      'Memory of the process that is in RAM.',
      process.memoryUsage.rss(),
    ),
    numberOf(
      'gauge',
      'process_start_time_seconds',
      'When the server started, in seconds since 1970.',
      startedAt / 1000,
    ),
  ]
}
