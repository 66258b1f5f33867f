/** The answers of the API, as far as the console reads them. docs/api.md describes them. */

export interface Session {
  readonly userId: string
  readonly username: string
  readonly mayWrite: boolean
}

export interface Rates {
  readonly addedPerSec: number
  readonly handledPerSec: number
  readonly handedOutPerSec: number
  readonly failedPerSec: number
}

/** A queue in the list of queues. */
export interface QueueRow {
  readonly id: string
  readonly name: string | null
  readonly title: string | null
  readonly ownerName: string
  readonly pendingRequestCount: number
  readonly handledRequestCount: number
  readonly totalRequestCount: number
  readonly lockedRequestCount: number
  readonly modifiedAt: string
  readonly createdAt: string
  readonly rates: Rates
  readonly oldestAvailableAt: string | null
  readonly secsToEmpty: number | null
  readonly handledLastHour: readonly number[]
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor?: string | null
  /** Whether not everything was counted. */
  readonly capped?: boolean
}

/** What is known of one queue, without counting as an access. */
export interface QueueDetail {
  readonly id: string
  readonly name: string | null
  readonly title?: string | null
  readonly createdAt: string
  readonly modifiedAt: string
  readonly accessedAt: string
  readonly totalRequestCount: number
  readonly handledRequestCount: number
  readonly pendingRequestCount: number
  readonly hadMultipleClients: boolean
}

export const requestStates = ['available', 'locked', 'scheduled', 'held', 'handled', 'failed'] as const
export type RequestState = (typeof requestStates)[number]

export interface Explanation {
  readonly verdict: string
  readonly paused: boolean
  readonly counts: Readonly<Record<RequestState, number>>
  readonly capped: readonly string[]
  readonly locked: readonly LockHolder[]
  readonly held: readonly HeldHost[]
  readonly nextAvailableAt: string | null
  readonly next: readonly RequestItem[]
}

export interface LockHolder {
  readonly clientKey: string
  readonly runId: string | null
  readonly count: number
  readonly nextExpiryAt: string
}

export interface HeldHost {
  readonly host: string
  readonly reason: 'concurrency' | 'delay' | 'cooldown' | 'paused'
  readonly count: number
  readonly until: string | null
}

export interface HostRow {
  readonly host: string
  readonly pending: number
  readonly locked: number
  readonly nextDueAt: string | null
  readonly delaySecs: number | null
  readonly concurrency: number | null
  readonly cooldownUntil: string | null
  readonly paused: boolean
}

export interface ClientRow {
  readonly clientKey: string
  readonly runId: string | null
  readonly locked: number
  readonly nextExpiryAt: string | null
  /** Null: it is not remembered. */
  readonly lastSeenAt: string | null
  readonly handedOut: number
  readonly handled: number
  readonly ranOut: number
}

export interface RequestItem {
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly method?: string
  readonly retryCount?: number
  readonly state?: RequestState
  readonly availableAt?: string
  readonly lockExpiresAt?: string
  readonly lockByClient?: string
  readonly handledAt?: string
  readonly errorMessages?: readonly string[]
  readonly userData?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export interface FailureRow {
  readonly error: string
  readonly count: number
  readonly exampleId: string
}

export interface HistoryEvent {
  readonly at: string
  readonly event: 'added' | 'locked' | 'prolonged' | 'givenBack' | 'ranOut' | 'handled' | 'reopened'
  readonly clientKey?: string | null
  readonly until?: string | null
}

export interface RequestHistory {
  readonly events: readonly HistoryEvent[]
  readonly handedOutTimes: number
  readonly verdict: string
}

/** What the filters of requests say. Everything is text, as in the address. */
export interface RequestFilter {
  readonly state?: string
  readonly url?: string
  readonly host?: string
  readonly label?: string
  readonly error?: string
  readonly client?: string
  readonly run?: string
  readonly retryCountMin?: string
}

export const requestActions = [
  'giveBack',
  'unlock',
  'forefront',
  'schedule',
  'markHandled',
  'delete',
] as const
export type RequestAction = (typeof requestActions)[number]

export interface ActionAnswer {
  readonly matched?: number
  readonly done?: number
  readonly jobId?: string
}

export interface Job {
  readonly id: string
  /** The queue that it changes; of a fork, the new one. */
  readonly queueId: string
  /** The queue that a fork copies from. */
  readonly sourceQueueId: string | null
  readonly action: string | null
  readonly kind: 'action' | 'fork'
  readonly dryRun?: boolean
  readonly state: 'running' | 'done' | 'stopped' | 'failed'
  /** How many requests were meant so far. */
  readonly matched: number
  readonly done: number
  readonly total: number | null
  readonly perSecond: number | null
  readonly startedAt?: string
  readonly problem?: string | null
}

export const figureNames = [
  'added',
  'handedOut',
  'handled',
  'givenBack',
  'ranOut',
  'failed',
  'pending',
  'locked',
] as const
export type FigureName = (typeof figureNames)[number]

export const ranges = ['5m', '1h', '24h', '7d'] as const
export type Range = (typeof ranges)[number]

export interface Figures {
  readonly from: string
  readonly stepSecs: number
  readonly series: Readonly<Record<FigureName, readonly number[]>>
}

/** One second of a queue or of the server, as the stream of events tells it. */
export interface FigureEvent extends Readonly<Record<FigureName, number>> {
  readonly at: string
  /** Only of a queue: those of all queues together would fall whenever one is deleted. */
  readonly handledCount?: number
  readonly totalCount?: number
}

export interface PolicyState {
  readonly policy: Policy
  readonly version: number
  readonly state: 'active' | 'building'
  readonly progress: { readonly done: number; readonly total: number } | null
}

export interface PolicyRule {
  readonly hosts: string | readonly string[]
  readonly concurrency?: number
  readonly delaySecs?: number
  readonly paused?: boolean
}

export interface Policy {
  readonly groupBy?: 'host' | 'domain'
  readonly rules?: readonly PolicyRule[]
  readonly adaptive?: { readonly maxDelaySecs: number }
  readonly retry?: { readonly initialSecs: number; readonly factor: number; readonly maxSecs: number }
  readonly lockExpiriesMax?: number
  readonly paused?: boolean
  readonly history?: boolean
  readonly [field: string]: unknown
}

/** Times of calls. Null where there were none lately. */
export interface Spread {
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface ServerState {
  readonly version: string
  readonly node: string
  readonly startedAt: string
  readonly uptimeSecs: number
  readonly processes?: readonly ServerProcess[]
  readonly connections?: number
  readonly store: {
    readonly kind: string
    readonly version: string
    readonly sizeBytes: number | null
    readonly walBytes?: number | null
    readonly pool?: { readonly busy: number; readonly idle: number; readonly waiting: number }
  }
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null
  readonly recentSecs?: number
  readonly routes: readonly RouteRow[]
  readonly commits: Spread & { readonly perSec: number; readonly callsPerCommit: number | null }
  readonly fsync: Spread | null
  readonly eventLoopDelayMs: { readonly p50: number | null; readonly p99: number | null }
  readonly tokens: readonly TokenRow[]
}

export interface ServerProcess {
  readonly pid: number
  readonly threads: number
  readonly residentBytes: number
  readonly heapBytes: number
}

export interface RouteRow extends Spread {
  readonly route: string
  readonly calls: number
  readonly errors: number
  readonly perSec?: number
}

export interface TokenRow {
  readonly id: string
  readonly name: string | null
  readonly readOnly?: boolean
  readonly runId?: string | null
  readonly createdAt?: string
}
