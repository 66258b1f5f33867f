export type Labels = Readonly<Record<string, string>>

interface Named {
  /** As Prometheus names it: in base units, with the unit at its end, and `_total` for a counter. */
  readonly name: string
  readonly help: string
}

export interface NumberFamily extends Named {
  readonly kind: 'counter' | 'gauge'
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[]
}

export interface HistogramFamily extends Named {
  readonly kind: 'histogram'
  readonly samples: readonly HistogramSample[]
}

export interface HistogramSample {
  readonly labels: Labels
  /** Ascending. */
  readonly bounds: readonly number[]
  /** The values up to each bound and above the previous one; the last ones are above all bounds. */
  readonly counts: readonly number[]
  readonly sum: number
}

/** All values of one name. */
export type MetricFamily = NumberFamily | HistogramFamily

/** A family of one value without labels. */
export function numberOf(
  kind: NumberFamily['kind'],
  name: string,
  help: string,
  value: number,
): NumberFamily {
  return { kind, name, help, samples: [{ labels: {}, value }] }
}
