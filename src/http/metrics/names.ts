import type { FigureReading } from '../../figures/read.ts'

/** A name in the conventions of Prometheus, and what a value has to be multiplied with to be in the base unit. */
interface MetricName {
  readonly name: string
  readonly factor: number
}

/** `commitMs` is `headlock_commit_seconds`, and the counter `refusals` is `headlock_refusals_total`. */
export function metricNameOf({ name, kind }: Pick<FigureReading, 'name' | 'kind'>): MetricName {
  const isTime = name.endsWith('Ms')
  const base = isTime ? `${name.slice(0, -2)}Seconds` : name
  const snake = base.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return { name: `headlock_${snake}${kind === 'counter' ? '_total' : ''}`, factor: isTime ? 0.001 : 1 }
}
