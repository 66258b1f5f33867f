/**
 * Every figure that a server keeps of itself. A thread may count any of them (figures.ts); `readFigures` adds up what all threads
 * counted. A new figure is one entry here, and a line where it is counted.
 */

/** Only grows, from 0 at the start of the server. */
export interface CounterDefinition {
  readonly kind: 'counter'
  readonly help: string
  /** The values that each label can have: every combination is counted on its own. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
}

/** How many values there were up to each bound, and their sum. */
export interface HistogramDefinition {
  readonly kind: 'histogram'
  readonly help: string
  /** Rising; the unit is the end of the figure's name. What is above the last one is counted too. */
  readonly bounds: readonly number[]
}

export type FigureDefinition = CounterDefinition | HistogramDefinition

/** From what one commit takes without a disk to what makes people ask what is wrong. */
const durationBoundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000]

export const catalogue = {
  calls: {
    kind: 'counter',
    help: 'Calls that were answered, by the class of their status; "none" is a caller that went away before.',
    labels: { status: ['2xx', '3xx', '4xx', '5xx', 'none'] },
  },
  callMs: {
    kind: 'histogram',
    help: 'From the first look at a call to the end of its answer.',
    bounds: durationBoundsMs,
  },
  transactionCalls: {
    kind: 'histogram',
    help: 'Calls that shared a transaction of the store.',
    bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  },
  commitMs: {
    kind: 'histogram',
    help: 'From asking for the commit of a transaction to its being durable; on PostgreSQL with the writes that travel with it.',
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
