import { pino } from 'pino'
import type { FigureShare } from '../figures/figures.ts'
import { type FigureReading, readFigures } from '../figures/read.ts'
import type { TlsIdentity } from '../http/connection/https-server.ts'
import { buildServer, renewTls } from '../http/server.ts'
import { type ClockSource, systemClock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { Closer, type Overdue } from './closer.ts'
import { browserOptions } from './config/browsers.ts'
import type { Config } from './config/config.ts'
import { type Exposure, exposureOf, ownUrl, tellExposure } from './config/exposure.ts'
import { checkToken } from './config/read-config.ts'
import type { StoreEvents } from './drivers/driver.ts'
import { driverOf } from './drivers/driver-of.ts'
import { FigureShares } from './threads/figure-shares.ts'
import { type HttpThreads, startHttpThreads } from './threads/http-threads.ts'
import { drain, listen } from './threads/listen.ts'
import { readTls, tlsFilesOf } from './tls/tls.ts'
import { type ReloadTls, reloadOf, tellTls } from './tls/tls-reload.ts'
import { acceptEnvironmentToken, issueFirstToken, type KeepToken } from './tokens/access.ts'
import { startUpkeep, type Upkeep } from './upkeep.ts'
import { version } from './version.ts'

export interface ServerParts {
  /** Where time comes from; the system's clock unless a test brings another. */
  readonly clock?: ClockSource
  readonly logger?: pino.Logger
  /** Is given the first token when this start makes one; without it `firstStart` is the only place that has it. */
  readonly keepFirstToken?: KeepToken
}

export interface RunningServer {
  /** The base URL that clients are given: the public one when there is one, else where the server listens. */
  readonly url: string
  /** Where other machines reach it, and what protects its calls. */
  readonly exposure: Exposure
  /** Where it listens: the port that the system chose when none was. */
  readonly port: number
  readonly config: Config
  /** The user's first token, when this start made it: it is known here and now and never again. */
  readonly firstStart: { readonly token: string } | null
  /** What runs once a minute; it can be told to run now. */
  readonly upkeep: Pick<Upkeep, 'tidy'>
  /** What all threads of this server counted since it started. */
  figures(): FigureReading[]
  /** Reads the certificate and its key again, where the server does TLS itself; else null. */
  readonly reloadTls: ReloadTls | null
  /** Accepts nothing new, finishes the calls in flight, then closes the store. */
  close(overdue?: Overdue): Promise<void>
}

/**
 * The composition root: configuration in, a running server out. When it rejects, all that was opened is closed
 * again.
 *
 * @throws OperatorError when something outside keeps it from starting
 */
export async function startServer(config: Config, parts: ServerParts = {}): Promise<RunningServer> {
  const { clock = systemClock, logger = pino({ level: config.logLevel }) } = parts
  checkToken(config.token)
  const tlsFiles = tlsFilesOf(config)
  const tls = tlsFiles === null ? null : readTls(tlsFiles)
  const exposure = await exposureOf(config, tls)
  const closer = new Closer()
  try {
    const events: StoreEvents = {
      onProblem: (problem) => logger.error(`the store goes on, but: ${problem}`),
      onRisk: (risk) => logger.warn(risk),
      onTightened: (what) => logger.warn(what),
      // As if it had been thrown here: a server without its store is none, and whoever starts it again helps.
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
        ? await startHttp(config, store, clock, logger, figures.main, tls?.identity)
        : await startHttpThreads(config, shareWithThread, figures, logger, tls?.identity)
    closer.add('the HTTP server', () => http.close())

    // Only now: a start that fails earlier must not make a token that nobody gets to see.
    const firstToken = await issueFirstToken(store, user.id, parts.keepFirstToken)
    const upkeep = startUpkeep({ store, retentionMs: config.retentionMs, logger })
    closer.add('upkeep', () => upkeep.stop())

    tellExposure(exposure, http.port, logger)
    if (tls !== null) tellTls(tls, logger, clock)
    return {
      url: config.publicUrl ?? ownUrl(config.host, http.port, exposure, tls),
      exposure,
      port: http.port,
      config,
      firstStart: firstToken === null ? null : { token: firstToken },
      upkeep,
      figures: () => readFigures(figures.memory),
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

/** One thread answers, this one: it needs no others to share with. */
async function startHttp(
  config: Config,
  store: Store,
  clock: ClockSource,
  logger: pino.Logger,
  figures: FigureShare,
  tls: TlsIdentity | undefined,
): Promise<HttpThreads> {
  const { rateLimits, publicUrl, trustedProxies } = config
  const browsers = await browserOptions(config)
  const now = () => clock.monotonicMs()
  const wallMs = () => clock.wallMs()
  const options = { rateLimits, publicUrl, trustedProxies, figures, tls, browsers, version, now, wallMs }
  const app = await buildServer({ store, options, logger })
  try {
    const port = await listen(app, config.host, config.port)
    return { port, renewTls: async (identity) => renewTls(app, identity), close: () => drain(app) }
  } catch (error) {
    await app.close()
    throw error
  }
}
