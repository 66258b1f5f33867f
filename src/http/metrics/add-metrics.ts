import type { FastifyInstance } from 'fastify'
import { FigureWindow } from '../../figures/figure-window.ts'
import type { FigureShare } from '../../figures/figures.ts'
import { type CountedRoute, readFigures } from '../../figures/read.ts'
import { ThreadFigures } from '../../figures/thread-figures.ts'
import type { Store } from '../../store/store.ts'
import type { App, HttpOptions } from '../app.ts'
import { addMetricsRoute } from '../routes/server/metrics.ts'
import { addServerRoute } from '../routes/server/server.ts'
import { connectionCounter } from './connection-counter.ts'
import { Metrics } from './metrics.ts'
import { ServerState } from './server-state.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The routes by their numbers, for readers of the figures in other threads. */
    readonly countedRoutes: readonly CountedRoute[]
  }
}

export interface MeasuredParts {
  readonly store: Store
  readonly options: HttpOptions
  /** Where this thread counts. Its memory has what all threads count. */
  readonly share: FigureShare
  readonly routes: readonly CountedRoute[]
}

/** Adds the calls that tell how the server is, and measures this thread until the server closes. */
export function addMetrics(app: App, { store, options, share, routes }: MeasuredParts): void {
  const { version, metrics, wallMs = Date.now } = options
  const { startedAt = wallMs(), threads = 1, queuesMax = 100 } = metrics ?? {}
  const { memory } = share
  const window = new FigureWindow(memory)
  const threadFigures = new ThreadFigures(share, 'http', connectionCounter(app.server))
  const facts = { store, version, startedAt }
  addMetricsRoute(app, new Metrics({ ...facts, queuesMax, readFigures: () => readFigures(memory, routes) }))
  addServerRoute(app, new ServerState({ ...facts, threads, memory, routes, window, wallMs }))
  app.addHook('onClose', async () => {
    window.stop()
    threadFigures.stop()
  })
  ;(app as unknown as FastifyInstance).decorate('countedRoutes', routes)
}
