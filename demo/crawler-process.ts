import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { FromCrawler, PrepareMessage, ToCrawler } from './messages.ts'

export interface CrawlerEvents {
  /** Every message of the crawler, in order. */
  onMessage(message: FromCrawler): void
  /** A line that it printed. */
  onLine(line: string): void
}

export interface CrawlerEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const script = new URL('./crawler.ts', import.meta.url)

/** A crawler process, seen from its parent. */
export class CrawlerProcess {
  readonly number: number
  /** Resolves when the process is gone and all its messages were read. Never rejects. */
  readonly ended: Promise<CrawlerEnd>
  readonly #child: ChildProcess
  readonly #ready = Promise.withResolvers<string>()

  /**
   * @param storageDirectory where Crawlee would store what it does not keep in memory: never in the project
   */
  constructor(number: number, storageDirectory: string, { onMessage, onLine }: CrawlerEvents) {
    this.number = number
    this.#child = fork(script, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: crawlerEnvironment(process.env, storageDirectory),
      execArgv: [],
      // In its own process group. Ctrl-C in the terminal then reaches only the parent, which ends its
      // crawlers itself.
      detached: true,
    })
    for (const output of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface(output).on('line', onLine)
    }
    this.#child.on('message', (message: FromCrawler) => {
      if (message.kind === 'ready') this.#ready.resolve(message.clientKey)
      onMessage(message)
    })
    this.ended = this.#untilEnded()
    // Nothing else handles the error of a crawler that ends before `prepare` is called.
    this.#ready.promise.catch(() => {})
  }

  /** Undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Lets it open the queue. Resolves to the client key of its locks. */
  async prepare(order: Omit<PrepareMessage, 'kind' | 'crawler'>): Promise<string> {
    this.#send({ kind: 'prepare', crawler: this.number, ...order })
    return this.#ready.promise
  }

  /** Lets it crawl until the queue is finished. Then it ends by itself. */
  crawl(startUrls: readonly string[]): void {
    this.#send({ kind: 'crawl', startUrls })
  }

  /**
   * SIGKILL: the crawler cannot finish, release or report anything any more. No effect on a process that has
   * ended.
   */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  #send(message: ToCrawler): void {
    // Messages to a process that is gone are lost. `ended` shows that it is gone.
    this.#child.send(message, () => {})
  }

  async #untilEnded(): Promise<CrawlerEnd> {
    try {
      // Not 'exit', because messages may still be in the channel then.
      const [code, signal] = await once(this.#child, 'close')
      this.#ready.reject(new Error(`Crawler ${this.number} ended before it was ready.`))
      return { code, signal }
    } catch (error) {
      this.#ready.reject(new Error(`Crawler ${this.number} could not be started.`, { cause: error }))
      return { code: null, signal: null }
    }
  }
}

/** The user's own settings for Crawlee and the Apify SDK are not meant for the demonstration. */
function crawlerEnvironment(environment: NodeJS.ProcessEnv, storageDirectory: string): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(APIFY|ACTOR|CRAWLEE)_/.test(name))
  return { ...Object.fromEntries(kept), CRAWLEE_STORAGE_DIR: storageDirectory }
}
