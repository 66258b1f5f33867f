import { pino } from 'pino'
import type { Millis } from '../domain/time.ts'
import type { FigureShare } from '../figures/figures.ts'
import { type FigureReading, readFigures } from '../figures/read.ts'
import { ThreadFigures } from '../figures/thread-figures.ts'
import type { TlsIdentity } from '../http/connection/https-server.ts'
import { Metrics } from '../http/metrics/metrics.ts'
import { buildServer, renewTls } from '../http/server.ts'
import { type ClockSource, systemClock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { Closer, type Overdue } from './closer.ts'
import { browserOptions } from './config/browsers.ts'
import type { Config } from './config/config.ts'
import { type Exposure, exposureOf, logExposure, ownUrl } from './config/exposure.ts'
import { checkMetricsPort, metricsOptions } from './config/metrics.ts'
import { checkConfig } from './config/read-config.ts'
import type { StoreEvents } from './drivers/driver.ts'
import { driverOf } from './drivers/driver-of.ts'
import { startJobs } from './jobs.ts'
import { openMetricsPort } from './metrics-port.ts'
import { startRevisits } from './revisits.ts'
import { startExport } from './telemetry/export.ts'
import { FigureShares } from './threads/figure-shares.ts'
import { type HttpThreads, startHttpThreads } from './threads/http-threads.ts'
import { drain, listen } from './threads/listen.ts'
import { readTls, tlsFilesOf } from './tls/tls.ts'
import { logTls, type ReloadTls, reloadOf } from './tls/tls-reload.ts'
import { acceptEnvironmentToken, issueFirstToken, type KeepToken } from './tokens/access.ts'
import { startUpkeep, type Upkeep } from './upkeep.ts'
import { version } from './version.ts'

export interface ServerParts {
  /** The clock; the system's unless a test brings its own. */
  readonly clock?: ClockSource
  readonly logger?: pino.Logger
  /** Environment variables, for those of OpenTelemetry. Without them, nothing is exported. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Called with the first token when this start makes one. Without it, only `firstStart` has that token. */
  readonly keepFirstToken?: KeepToken
}

export interface RunningServer {
  /** The base URL for clients: the public URL if one is set, else the address on which the server listens. */
  readonly url: string
  /** How other machines reach the server, and what protects its calls. */
  readonly exposure: Exposure
  /** The port on which the server listens, also when the system chose it. */
  readonly port: number
  /** The port for metrics alone, also when the system chose it. Null if there is none. */
  readonly metricsPort: number | null
  readonly config: Config
  /** The user's first token, when this start made it. Later it cannot be shown again. */
  readonly firstStart: { readonly token: string } | null
  /** The work that runs once a minute. `tidy` runs it now. */
  readonly upkeep: Pick<Upkeep, 'tidy'>
  /** What all threads of this server have counted since its start. */
  figures(): FigureReading[]
  /** Reads the certificate and its key again. Null when the server does no TLS itself. */
  readonly reloadTls: ReloadTls | null
  /** Accepts no new calls, finishes the calls in flight, then closes the store. */
  close(overdue?: Overdue): Promise<void>
}

/**
 * Puts all parts together and starts a server: the composition root. When it rejects, everything that it opened is closed
 * again.
 *
 * @throws OperatorError when something outside the program prevents the start
 */
export async function startServer(config: Config, parts: ServerParts = {}): Promise<RunningServer> {
  const { clock = systemClock, logger = pino({ level: config.logLevel }) } = parts
  checkConfig(config)
  checkMetricsPort(config)
  const startedAt = clock.wallMs()
  const tlsFiles = tlsFilesOf(config)
  const tls = tlsFiles === null ? null : readTls(tlsFiles)
  const exposure = await exposureOf(config, tls)
  const closer = new Closer()
  try {
    const events: StoreEvents = {
      onProblem: (problem) => logger.error(`a problem in the store, which keeps running: ${problem}`),
      onRisk: (risk) => logger.warn(risk),
      onTightened: (what) => logger.warn(what),
      // Ends the process like an uncaught error. A server without its store is useless, and a supervisor can restart it.
      onFailure: (error) => {
        logger.fatal({ err: error }, 'the storage thread failed')
        setImmediate(() => {
          throw error
        })
      },
    }
    const { storeConnections, threads } = config
    const figures = new FigureShares(threads === 1 ? 0 : threads)
    const { store, shareWithThread } = await driverOf(config).open({
      clock,
      events,
      storeConnections,
      threads,
      figures,
    })
    closer.add('the store', () => store.close())

    const user = await store.ensureUser({ username: config.username })
    if (config.token !== null) await acceptEnvironmentToken(store, user, config.token)

    const http =
      threads === 1
        ? await startHttp(config, store, clock, logger, figures.main, startedAt, tls?.identity)
        : await startHttpThreads(config, shareWithThread, figures, logger, startedAt, tls?.identity)
    closer.add('the HTTP server', () => http.close())

    const readOwnFigures = () => readFigures(figures.memory, http.routes)
    const queuesMax = config.metricsQueues
    const metrics = new Metrics({ store, readFigures: readOwnFigures, version, startedAt, queuesMax })
    const metricsPort =
      config.metricsPort === null ? null : await openMetricsPort(config, config.metricsPort, metrics, logger)
    if (metricsPort !== null) closer.add('the port for metrics', () => metricsPort.close())
    const exporting = await startExport({ metrics, version, startedAt, logger }, parts.environment ?? {})
    if (exporting !== null) closer.add('the export of metrics', () => exporting.stop())
    if (threads > 1) {
      const threadFigures = new ThreadFigures(figures.main, 'main')
      closer.add('the figures of the main thread', () => threadFigures.stop())
    }

    // The token is made last. If the start failed after that, nobody would ever see the token.
    const firstToken = await issueFirstToken(store, user.id, parts.keepFirstToken)
    const upkeep = startUpkeep({ store, retentionMs: config.retentionMs, logger })
    closer.add('upkeep', () => upkeep.stop())
    const revisits = startRevisits({ store, logger })
    closer.add('revisits', () => revisits.stop())
    const jobs = startJobs({ store, logger })
    closer.add('jobs', () => jobs.stop())

    logExposure(exposure, http.port, logger)
    if (tls !== null) logTls(tls, logger, clock)
    return {
      url: config.publicUrl ?? ownUrl(config.host, http.port, exposure, tls),
      exposure,
      port: http.port,
      config,
      firstStart: firstToken === null ? null : { token: firstToken },
      upkeep,
      metricsPort: metricsPort?.port ?? null,
      figures: readOwnFigures,
      reloadTls: tlsFiles === null ? null : reloadOf(tlsFiles, http, logger, clock),
      close: (overdue) => closer.close(overdue),
    }
  } catch (error) {
    await closer
      .close()
      .catch((failure: unknown) => logger.error({ err: failure }, 'could not close everything'))
    throw error
  }
}

/** Starts the HTTP server in this thread, when it is the only one that answers calls. */
async function startHttp(
  config: Config,
  store: Store,
  clock: ClockSource,
  logger: pino.Logger,
  figures: FigureShare,
  startedAt: Millis,
  tls: TlsIdentity | undefined,
): Promise<HttpThreads> {
  const { rateLimits, publicUrl, trustedProxies } = config
  const browsers = await browserOptions(config)
  const now = () => clock.monotonicMs()
  const wallMs = () => clock.wallMs()
  const metrics = metricsOptions(config, startedAt)
  const options = {
    rateLimits,
    publicUrl,
    trustedProxies,
    figures,
    metrics,
    tls,
    browsers,
    version,
    now,
    wallMs,
  }
  const app = await buildServer({ store, options, logger })
  try {
    const port = await listen(app, config.host, config.port)
    const routes = app.countedRoutes
    return { port, routes, renewTls: async (identity) => renewTls(app, identity), close: () => drain(app) }
  } catch (error) {
    await app.close()
    throw error
  }
}
