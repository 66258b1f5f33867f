import type { PrometheusContentType } from 'prom-client'
import type { HistogramFamily, MetricFamily, NumberFamily } from './metric-family.ts'

export const expositionType: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** A value in the form in which `prom-client` passes registries between processes. */
interface Value {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}

/** The text that Prometheus reads. Families without a value are left out. */
export async function expositionOf(families: readonly MetricFamily[]): Promise<string> {
  // Only servers whose metrics are read load it.
  const { AggregatorRegistry } = await import('prom-client')
  const metrics = families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => ({
      name: family.name,
      help: family.help,
      type: family.kind,
      aggregator: 'first',
      values: family.kind === 'histogram' ? histogramValues(family) : numberValues(family),
    }))
  return AggregatorRegistry.aggregate<PrometheusContentType>([metrics]).metrics()
}

function numberValues({ name, samples }: NumberFamily): Value[] {
  return samples.map(({ labels, value }) => ({ labels, value, metricName: name }))
}

/** Buckets are cumulative here. */
function histogramValues({ name, samples }: HistogramFamily): Value[] {
  return samples.flatMap(({ labels, bounds, counts, sum }) => {
    let count = 0
    const buckets = counts.map((own, index): Value => {
      count += own
      return {
        labels: { ...labels, le: bounds[index] ?? '+Inf' },
        value: count,
        metricName: `${name}_bucket`,
      }
    })
    return [
      ...buckets,
      { labels, value: sum, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ]
  })
}
