/**
 * Every figure that a server measures. Any thread may count any of them (figures.ts), and `readFigures` adds
 * up the counts of all threads. To add a figure, add an entry here and a line where it is counted. /metrics
 * then serves it too, under the name that `http/metrics/names.ts` makes of it.
 */

/** The possible values of each label. Every combination is counted separately. */
type LabelValues = Readonly<Record<string, readonly string[]>>

/** The store that the figure is about. Servers with the other one do not tell it. */
export type StoreKind = 'sqlite' | 'postgres'

/** Starts at 0 when the server starts, and only grows. */
export interface CounterDefinition {
  readonly kind: 'counter'
  readonly help: string
  readonly labels?: LabelValues
  readonly store?: StoreKind
}

/** Goes up and down. Each thread sets its own part, and the sum of all parts is the figure. */
export interface GaugeDefinition {
  readonly kind: 'gauge'
  readonly help: string
  readonly labels?: LabelValues
  readonly store?: StoreKind
}

/** Counts the values up to each bound, and their sum. */
export interface HistogramDefinition {
  readonly kind: 'histogram'
  readonly help: string
  /** Ascending. The name of the figure ends with its unit. Values above the last bound are counted too. */
  readonly bounds: readonly number[]
  readonly labels?: LabelValues
  readonly store?: StoreKind
}

export type FigureDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition

/** From the time of a commit without a disk to a time that needs an explanation. */
const durationBoundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000]

/** The most routes that are counted, each by its number (http/route-numbers.ts). */
export const routesMax = 96
/** The memory is laid out before the routes are known. So the label has numbers, and readers know the routes. */
const routeNumbers = Array.from({ length: routesMax }, (_, number) => String(number))

/** The classes of answers. `none`: the caller went away before the answer. */
export const statusClasses = ['2xx', '3xx', '4xx', '5xx', 'none'] as const

/** The statuses of refusals. An answer with another one counts as `other`. */
export const refusalStatuses = [
  ...(['400', '401', '403', '404', '405', '408', '409', '412', '413', '415', '429'] as const),
  ...(['500', '503', 'other'] as const),
] as const

/** What happens to requests. What only time does, such as that a lock runs out, is not an event. */
export const requestEvents = ['added', 'handed_out', 'handled', 'given_back', 'failed'] as const

export const catalogue = {
  callMs: {
    kind: 'histogram',
    help: 'From the first step of a call to the end of its answer, by route and by class of status.',
    bounds: durationBoundsMs,
    labels: { route: routeNumbers, status: statusClasses },
  },
  refusals: {
    kind: 'counter',
    help: 'Answers that are not a success, by their status.',
    labels: { status: refusalStatuses },
  },
  connections: {
    kind: 'gauge',
    help: 'Connections of clients that are open.',
  },
  eventLoopDelayMs: {
    kind: 'histogram',
    help: 'How late timers run in the threads that answer calls. That is how long a call waits until a thread is free.',
    bounds: durationBoundsMs,
  },
  heapBytes: {
    kind: 'gauge',
    help: 'Memory that the JavaScript objects of the threads take, without their buffers.',
    labels: { thread: ['main', 'http', 'storage'] },
  },
  requests: {
    kind: 'counter',
    help: 'What was done with requests, in all queues. Those that failed are among those that were handled.',
    labels: { event: requestEvents },
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
  syncMs: {
    kind: 'histogram',
    help: 'The part of a commit of the embedded store in which its log is written and synced to the disk.',
    bounds: durationBoundsMs,
    store: 'sqlite',
  },
  checkpointSyncMs: {
    kind: 'histogram',
    help: 'How long the database file of the embedded store takes to be synced after a part of the log was copied into it.',
    bounds: durationBoundsMs,
    store: 'sqlite',
  },
  poolConnections: {
    kind: 'gauge',
    help: 'Connections to PostgreSQL that are open, by what they do.',
    labels: { state: ['busy', 'idle'] },
    store: 'postgres',
  },
  poolWaiting: {
    kind: 'gauge',
    help: 'Calls that wait for a connection to PostgreSQL.',
    store: 'postgres',
  },
} as const satisfies Readonly<Record<string, FigureDefinition>>

type Catalogue = typeof catalogue

export type FigureName = keyof Catalogue
type NameOfKind<Kind extends FigureDefinition['kind']> = {
  [Name in FigureName]: Catalogue[Name]['kind'] extends Kind ? Name : never
}[FigureName]
export type CounterName = NameOfKind<'counter'>
export type GaugeName = NameOfKind<'gauge'>
export type HistogramName = NameOfKind<'histogram'>

/** One value for each label of the figure. */
export type LabelsOf<Name extends FigureName> = Catalogue[Name] extends {
  readonly labels: infer Labels extends LabelValues
}
  ? { readonly [Label in keyof Labels]: Labels[Label][number] }
  : Readonly<Record<string, never>>
