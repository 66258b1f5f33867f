import { type TransferListItem, Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { fromThread } from '../../domain/operator-error.ts'
import type { FigureShare } from '../../figures/figures.ts'
import { WrongTokenTable } from '../../http/auth/wrong-token-table.ts'
import type { BrowserOptions } from '../../http/browsers/browser-options.ts'
import type { TlsIdentity } from '../../http/connection/https-server.ts'
import { RateTable } from '../../http/rate-limit/rate-table.ts'
import { browserOptions } from '../config/browsers.ts'
import type { Config } from '../config/config.ts'
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
  readonly rateMemory: SharedArrayBuffer
  readonly wrongTokenMemory: SharedArrayBuffer
  readonly publicUrl: string | null
  readonly trustedProxies: readonly string[] | null
  readonly browsers: BrowserOptions
  readonly tls: TlsIdentity | undefined
}

/** What an HTTP thread is told: to finish and end, or to show another certificate from now on. */
export type ToHttpThread = 'close' | { readonly tls: TlsIdentity }

/** What an HTTP thread says: where it listens, a line for the log, or that it shows the other certificate. */
export type FromHttpThread = { readonly port: number } | { readonly log: string } | 'renewed'

export interface HttpThreads {
  readonly port: number
  /** Resolves when every new connection sees the other certificate. Those that are there go on as they are. */
  renewTls(identity: TlsIdentity): Promise<void>
  /**
   * Resolves when all of them have finished their calls in flight and ended.
   *
   * @throws Error when one of them could not close everything; its log line says what
   */
  close(): Promise<void>
}

/**
 * Starts `config.threads` threads that share the port; the system spreads the connections over them. A thread that
 * fails later on ends the process, as a failure in the main thread would: half a server is none.
 *
 * @param shareWithThread gives each of them its way to the store
 * @param figures has a part for each of them to count in
 * @throws OperatorError when one of them cannot listen or reach the store; none is left running then
 */
export async function startHttpThreads(
  config: Config,
  shareWithThread: OpenedStore['shareWithThread'],
  figures: FigureShares,
  logger: Logger,
  tls?: TlsIdentity,
): Promise<HttpThreads> {
  const { host, rateLimits, publicUrl, trustedProxies } = config
  const rateMemory = new RateTable().memory
  const wrongTokenMemory = new WrongTokenTable().memory
  const browsers = await browserOptions(config)
  const threads: HttpThread[] = []
  const close = async () => {
    const codes = await Promise.all(threads.map((thread) => thread.close()))
    const failed = codes.filter((code) => code !== 0).length
    if (failed > 0) throw new Error(`${failed} of ${codes.length} threads ended with an error`)
  }
  /** Resolves with the port on which it listens. */
  const startThread = (port: number): Promise<number> => {
    const { way, transfer } = shareWithThread()
    const start = {
      store: way,
      host,
      port,
      logLevel: logger.level,
      rateLimits,
      figures: figures.http(threads.length),
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
    // A port that the system chose is held by the first thread: nobody can take it before the others have it too.
    const port = config.port === 0 ? await startThread(0) : await freePort(host, config.port)
    const ready: Promise<number>[] = []
    while (threads.length < config.threads) ready.push(startThread(port))
    await Promise.all(ready)
    const renewTls = async (identity: TlsIdentity) => {
      await Promise.all(threads.map((thread) => thread.renewTls(identity)))
    }
    return { port, renewTls, close }
  } catch (error) {
    // Of those that did not start, it is this error that tells.
    await close().catch(() => {})
    throw error
  }
}

class HttpThread {
  /** Resolves with the port on which it listens. */
  readonly ready: Promise<number>
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
      // Bounds what V8 keeps for young objects; more would be memory without speed.
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    })
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('error', (error) => {
        if (!this.#isReady) return reject(fromThread(error))
        // As if it had been thrown here.
        setImmediate(() => {
          throw error
        })
      })
      this.#worker.on('message', (message: FromHttpThread) => {
        if (message === 'renewed') {
          this.#renewals.shift()!()
        } else if ('port' in message) {
          this.#isReady = true
          resolve(message.port)
        } else {
          passOn(message.log, logger)
        }
      })
    })
    // Whoever starts the threads waits for `ready` of all at once; until then nothing may count as unhandled.
    this.ready.catch(() => {})
  }

  /** Resolves too when the thread ends meanwhile. */
  async renewTls(tls: TlsIdentity): Promise<void> {
    const renewed = new Promise<void>((resolve) => this.#renewals.push(resolve))
    this.#tell({ tls })
    await Promise.race([renewed, this.#exited])
  }

  /** Resolves with the exit code of the thread. */
  close(): Promise<number> {
    this.#tell('close')
    return this.#exited
  }

  #tell(message: ToHttpThread): void {
    this.#worker.postMessage(message)
  }
}

/** A line of another thread in the log of the server, with the time at which it came. */
function passOn(line: string, logger: Logger): void {
  const { level, time: _time, pid: _pid, hostname: _hostname, msg, ...values } = JSON.parse(line)
  const name = logger.levels.labels[level] ?? 'info'
  if (name in logger) (logger as unknown as Record<string, Logger['info']>)[name]!(values, msg)
}
