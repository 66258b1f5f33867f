import { type TransferListItem, Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { fromThread } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'
import type { FigureShare } from '../../figures/figures.ts'
import type { CountedRoute } from '../../figures/read.ts'
import type { MetricsOptions } from '../../http/app.ts'
import { WrongTokenTable } from '../../http/auth/wrong-token-table.ts'
import type { BrowserOptions } from '../../http/browsers/browser-options.ts'
import type { TlsIdentity } from '../../http/connection/https-server.ts'
import { RateTable } from '../../http/rate-limit/rate-table.ts'
import { browserOptions } from '../config/browsers.ts'
import type { Config } from '../config/config.ts'
import { metricsOptions } from '../config/metrics.ts'
import type { OpenedStore, WayToStore } from '../drivers/driver.ts'
import type { FigureShares } from './figure-shares.ts'
import { freePort } from './listen.ts'

export interface HttpThreadStart {
  readonly store: WayToStore
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly rateLimits: Config['rateLimits']
  readonly figures: FigureShare
  readonly metrics: MetricsOptions
  readonly rateMemory: SharedArrayBuffer
  readonly wrongTokenMemory: SharedArrayBuffer
  readonly publicUrl: string | null
  readonly trustedProxies: readonly string[] | null
  readonly browsers: BrowserOptions
  readonly tls: TlsIdentity | undefined
}

/** A message to an HTTP thread: finish and end, or use another certificate from now on. */
export type ToHttpThread = 'close' | { readonly tls: TlsIdentity }

/** A message from an HTTP thread: its port and its routes, a line for the log, or that it uses the other certificate. */
export type FromHttpThread =
  | { readonly port: number; readonly routes: readonly CountedRoute[] }
  | { readonly log: string }
  | 'renewed'

export interface HttpThreads {
  readonly port: number
  /** The routes by the numbers with which calls are counted. */
  readonly routes: readonly CountedRoute[]
  /** Resolves when new connections get the other certificate. Open connections keep theirs. */
  renewTls(identity: TlsIdentity): Promise<void>
  /**
   * Resolves when all threads have finished their calls in flight and ended.
   *
   * @throws Error when a thread could not close everything; its log line says what
   */
  close(): Promise<void>
}

/**
 * Starts `config.threads` threads that share the port. The system spreads the connections over them. When a thread fails
 * later, the process ends as it does when the main thread fails, so that a supervisor restarts the whole server.
 *
 * @param shareWithThread gives each thread access to the store
 * @param figures has a part for each thread to count in
 * @param startedAt when the server started
 * @throws OperatorError when a thread cannot listen or reach the store; no thread is left running then
 */
export async function startHttpThreads(
  config: Config,
  shareWithThread: OpenedStore['shareWithThread'],
  figures: FigureShares,
  logger: Logger,
  startedAt: Millis,
  tls?: TlsIdentity,
): Promise<HttpThreads> {
  const { host, rateLimits, publicUrl, trustedProxies } = config
  const rateMemory = new RateTable().memory
  const wrongTokenMemory = new WrongTokenTable().memory
  const browsers = await browserOptions(config)
  const metrics = metricsOptions(config, startedAt)
  const threads: HttpThread[] = []
  const close = async () => {
    const codes = await Promise.all(threads.map((thread) => thread.close()))
    const failed = codes.filter((code) => code !== 0).length
    if (failed > 0) throw new Error(`${failed} of ${codes.length} threads ended with an error`)
  }
  const startThread = (port: number): Promise<Listening> => {
    const { way, transfer } = shareWithThread()
    const start = {
      store: way,
      host,
      port,
      logLevel: logger.level,
      rateLimits,
      figures: figures.http(threads.length),
      metrics,
      rateMemory,
      wrongTokenMemory,
      publicUrl,
      trustedProxies,
      browsers,
      tls,
    }
    const thread = new HttpThread(start, transfer, `headlock-http-${threads.length + 1}`, logger)
    threads.push(thread)
    return thread.ready
  }
  try {
    // When the system chooses the port, the first thread keeps it open, so no other program can take it meanwhile.
    const port = config.port === 0 ? (await startThread(0)).port : await freePort(host, config.port)
    while (threads.length < config.threads) startThread(port)
    const [first] = await Promise.all(threads.map((thread) => thread.ready))
    const { routes } = first!
    const renewTls = async (identity: TlsIdentity) => {
      await Promise.all(threads.map((thread) => thread.renewTls(identity)))
    }
    return { port, routes, renewTls, close }
  } catch (error) {
    // The first error says why the start failed. An error from closing would hide it.
    await close().catch(() => {})
    throw error
  }
}

/** What a thread says when it listens. */
type Listening = Extract<FromHttpThread, { readonly port: number }>

class HttpThread {
  /** Resolves when the thread listens. */
  readonly ready: Promise<Listening>
  readonly #worker: Worker
  readonly #exited: Promise<number>
  #isReady = false
  readonly #renewals: (() => void)[] = []

  constructor(start: HttpThreadStart, transfer: readonly TransferListItem[], name: string, logger: Logger) {
    const self = import.meta.url
    this.#worker = new Worker(new URL(self.endsWith('.ts') ? './http.worker.ts' : './http.worker.js', self), {
      workerData: start,
      transferList: [...transfer],
      name,
      // Bounds the young generation of V8. More memory there did not make calls faster.
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    })
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('error', (error) => {
        if (!this.#isReady) return reject(fromThread(error))
        // Ends the process like an uncaught error of the main thread.
        setImmediate(() => {
          throw error
        })
      })
      this.#worker.on('message', (message: FromHttpThread) => {
        if (message === 'renewed') {
          this.#renewals.shift()!()
        } else if ('port' in message) {
          this.#isReady = true
          resolve(message)
        } else {
          passOn(message.log, logger)
        }
      })
    })
    // `startHttpThreads` awaits `ready` only later. Until then, a rejection must not count as unhandled.
    this.ready.catch(() => {})
  }

  /** Also resolves when the thread ends meanwhile. */
  async renewTls(tls: TlsIdentity): Promise<void> {
    const renewed = new Promise<void>((resolve) => this.#renewals.push(resolve))
    this.#send({ tls })
    await Promise.race([renewed, this.#exited])
  }

  /** Resolves with the exit code of the thread. */
  close(): Promise<number> {
    this.#send('close')
    return this.#exited
  }

  #send(message: ToHttpThread): void {
    this.#worker.postMessage(message)
  }
}

/** Writes a line of another thread into the log of the server, with the time at which it arrived. */
function passOn(line: string, logger: Logger): void {
  const { level, time: _time, pid: _pid, hostname: _hostname, msg, ...values } = JSON.parse(line)
  const name = logger.levels.labels[level] ?? 'info'
  if (name in logger) (logger as unknown as Record<string, Logger['info']>)[name]!(values, msg)
}
