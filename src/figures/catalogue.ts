/**
 * Every figure that a server measures. Any thread may count any of them (figures.ts), and `readFigures` adds
 * up the counts of all threads. To add a figure, add an entry here and a line where it is counted.
 */

/** Starts at 0 when the server starts, and only grows. */
export interface CounterDefinition {
  readonly kind: 'counter'
  readonly help: string
  /** The possible values of each label. Every combination is counted separately. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
}

/** Counts the values up to each bound, and their sum. */
export interface HistogramDefinition {
  readonly kind: 'histogram'
  readonly help: string
  /** Ascending. The name of the figure ends with its unit. Values above the last bound are counted too. */
  readonly bounds: readonly number[]
}

export type FigureDefinition = CounterDefinition | HistogramDefinition

/** From the time of a commit without a disk to a time that needs an explanation. */
const durationBoundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000]

export const catalogue = {
  calls: {
    kind: 'counter',
    help: 'Calls by the class of their status. "none" means that the caller went away before the answer.',
    labels: { status: ['2xx', '3xx', '4xx', '5xx', 'none'] },
  },
  callMs: {
    kind: 'histogram',
    help: 'From the first step of a call to the end of its answer.',
    bounds: durationBoundsMs,
  },
  transactionCalls: {
    kind: 'histogram',
    help: 'Calls that shared a transaction of the store.',
    bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  },
  commitMs: {
    kind: 'histogram',
    help: 'How long a commit takes until the transaction is durable. On PostgreSQL this includes the writes that are sent with it.',
    bounds: durationBoundsMs,
  },
} as const satisfies Readonly<Record<string, FigureDefinition>>

type Catalogue = typeof catalogue

export type FigureName = keyof Catalogue
export type CounterName = {
  [Name in FigureName]: Catalogue[Name]['kind'] extends 'counter' ? Name : never
}[FigureName]
export type HistogramName = Exclude<FigureName, CounterName>

/** One value for each label of the counter. */
export type LabelsOf<Name extends CounterName> = Catalogue[Name] extends {
  readonly labels: infer Labels extends Readonly<Record<string, readonly string[]>>
}
  ? { readonly [Label in keyof Labels]: Labels[Label][number] }
  : Readonly<Record<string, never>>
