import { type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics'
import type { HistogramSample, MetricFamily } from '../../http/metrics/metric-family.ts'

/** What was counted from the start of the server until now, as OpenTelemetry describes it. */
export function otlpMetrics(
  families: readonly MetricFamily[],
  startTime: HrTime,
  endTime: HrTime,
): MetricData[] {
  return families.map((family): MetricData => {
    const common = {
      descriptor: descriptorOf(family),
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    }
    if (family.kind === 'histogram') {
      const dataPoints = family.samples.map((sample) => ({
        startTime,
        endTime,
        attributes: sample.labels,
        value: histogramOf(sample),
      }))
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
    }
    const dataPoints = family.samples.map(({ labels: attributes, value }) => ({
      startTime,
      endTime,
      attributes,
      value,
    }))
    return family.kind === 'counter'
      ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
  })
}

/** The name without `_total`, which a collector adds again when it writes for Prometheus. */
function descriptorOf({ name, help }: MetricFamily): MetricDescriptor {
  const plain = name.replace(/_total$/, '')
  const unit = plain.endsWith('_seconds') ? 's' : plain.endsWith('_bytes') ? 'By' : ''
  return { name: plain, description: help, unit, valueType: ValueType.DOUBLE }
}

function histogramOf({ bounds, counts, sum }: HistogramSample) {
  const count = counts.reduce((all, own) => all + own, 0)
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, sum, count }
}
