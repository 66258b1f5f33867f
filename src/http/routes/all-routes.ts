import type { Logger } from 'pino'
import type { Store } from '../../store/store.ts'
import type { App } from '../app.ts'
import type { ReadingParts } from '../body/reading-parts.ts'
import type { Entrance } from '../entrance.ts'
import { DamagedRequests } from '../errors/damaged-requests.ts'
import { addMetrics } from '../metrics/add-metrics.ts'
import type { Admission } from '../overload/admission.ts'
import type { EventStreams } from '../streams/event-streams.ts'
import type { RouteTable } from '../table/route-table.ts'
import type { Waiting } from '../waiting/waiting.ts'
import { addActionRoute } from './actions/actions.ts'
import { addCooldownRoutes } from './actions/cooldown.ts'
import { addForkRoute } from './actions/fork.ts'
import { addJobRoutes } from './actions/jobs.ts'
import { addPolicyRoutes } from './actions/policy.ts'
import { addClientRoutes } from './insight/clients.ts'
import { addExplainRoutes } from './insight/explain.ts'
import { addFailureRoutes } from './insight/failures.ts'
import { addFigureRoutes } from './insight/figures.ts'
import { addFoundRequestsRoutes } from './insight/found-requests.ts'
import { addHostRoutes } from './insight/hosts.ts'
import { addInspectedQueueRoute } from './insight/inspected-queue.ts'
import { addInspectedRequestRoute } from './insight/inspected-request.ts'
import { addQueueEventRoutes } from './insight/queue-events.ts'
import { addQueueOverviewRoutes } from './insight/queue-overviews.ts'
import { addRequestHistoryRoute } from './insight/request-history.ts'
import { Routes } from './routes.ts'
import { addHealthRoutes } from './server/health.ts'
import { addServerFigureRoutes } from './server/server-figures.ts'
import { addSessionRoutes } from './server/session.ts'
import { addHeadRoutes } from './v2/head.ts'
import { addRequestRoutes } from './v2/request.ts'
import { addRequestLockRoutes } from './v2/request-lock.ts'
import { addRequestQueueRoutes } from './v2/request-queue.ts'
import { addRequestQueuesRoutes } from './v2/request-queues.ts'
import { addRequestsRoutes } from './v2/requests.ts'
import { addRequestsBatchRoutes } from './v2/requests-batch.ts'
import { addRequestsUnlockRoutes } from './v2/requests-unlock.ts'
import { addUsersRoutes } from './v2/users.ts'

export interface RouteParts {
  readonly store: Store
  readonly entrance: Entrance
  readonly admission: Admission
  readonly logger: Logger
  readonly waiting: Waiting
  readonly streams: EventStreams
  readonly session: Parameters<typeof addSessionRoutes>[1]
  readonly metrics: Parameters<typeof addMetrics>[1]
}

/**
 * Adds every call of the API, in the order in which it is described.
 *
 * @param table serves the calls that are made most, before the framework. Null: the framework serves them too
 */
export function addAllRoutes(app: App, table: RouteTable | null, parts: RouteParts): void {
  const { store, admission, logger } = parts
  const reading = { store, admission, damaged: new DamagedRequests(logger) }
  addHostedApi(app, new Routes(app, table), { ...parts, reading })
  addInsight(app, { ...parts, reading })
  addActions(app, parts)
  addServer(app, parts)
}

/** The calls of the Apify API. */
function addHostedApi(
  app: App,
  routes: Routes,
  parts: RouteParts & { readonly reading: ReadingParts },
): void {
  const { store, entrance, admission, waiting, logger, reading } = parts
  addRequestQueuesRoutes(app, store, entrance)
  addRequestQueueRoutes(app, store, entrance)
  addHeadRoutes(routes, { store, admission, waiting, logger })
  addRequestsRoutes(routes, reading)
  addRequestsBatchRoutes(routes, store)
  addRequestsUnlockRoutes(app, store)
  addRequestRoutes(routes, reading)
  addRequestLockRoutes(routes, store)
  addUsersRoutes(app)
}

/** What people see of queues (14). */
function addInsight(app: App, parts: RouteParts & { readonly reading: ReadingParts }): void {
  const { store, entrance, admission, streams, reading } = parts
  addInspectedQueueRoute(app, store, entrance)
  addQueueOverviewRoutes(app, store, streams)
  addFigureRoutes(app, store)
  addQueueEventRoutes(app, store, streams)
  addExplainRoutes(app, store, admission)
  addFoundRequestsRoutes(app, reading)
  addInspectedRequestRoute(app, reading)
  addRequestHistoryRoute(app, store)
  addFailureRoutes(app, store)
  addHostRoutes(app, store)
  addClientRoutes(app, store)
}

/** What they do about them: policies (13), and work on many requests (14.5, 14.6). */
function addActions(app: App, { store, entrance }: RouteParts): void {
  addPolicyRoutes(app, store)
  addCooldownRoutes(app, store)
  addActionRoute(app, store)
  addForkRoute(app, store, entrance)
  addJobRoutes(app, store)
}

/** The server itself. */
function addServer(app: App, { store, streams, session, metrics }: RouteParts): void {
  addSessionRoutes(app, session)
  addMetrics(app, metrics)
  addServerFigureRoutes(app, store, streams)
  addHealthRoutes(app, store)
}
