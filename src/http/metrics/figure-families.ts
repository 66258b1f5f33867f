import type { FigureReading } from '../../figures/read.ts'
import type { MetricFamily } from './metric-family.ts'
import { metricNameOf } from './names.ts'

/** Every figure of the catalogue, in base units. */
export function figureFamilies(readings: readonly FigureReading[]): MetricFamily[] {
  return [...Map.groupBy(readings, ({ name }) => name).values()].map(familyOf)
}

function familyOf(readings: readonly FigureReading[]): MetricFamily {
  const [first] = readings
  const { kind, help } = first!
  const { name, factor } = metricNameOf(first!)
  if (kind === 'histogram') {
    const samples = readings.flatMap((reading) =>
      reading.kind !== 'histogram'
        ? []
        : {
            labels: reading.labels,
            bounds: reading.bounds.map((bound) => inBaseUnit(bound, factor)),
            counts: reading.counts,
            sum: reading.sum * factor,
          },
    )
    return { kind, name, help, samples }
  }
  const samples = readings.flatMap((reading) =>
    reading.kind === 'histogram' ? [] : { labels: reading.labels, value: reading.value * factor },
  )
  return { kind, name, help, samples }
}

/** Without the digits that binary fractions add: 0.0025, not 0.0025000000000000001. */
function inBaseUnit(bound: number, factor: number): number {
  return Number((bound * factor).toPrecision(12))
}
