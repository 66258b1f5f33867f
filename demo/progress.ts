import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Millis } from '../src/domain/time.ts'
import type { QueueCounts } from './queue-view.ts'

export type CrawlerState = 'starting' | 'crawling' | 'killed' | 'done'

/** The state at one moment. */
export interface Snapshot {
  readonly sitePages: number
  readonly queue: QueueCounts
  readonly crawlers: readonly CrawlerSnapshot[]
}

export interface CrawlerSnapshot {
  readonly number: number
  readonly state: CrawlerState
  /** Pages that it has finished. */
  readonly finished: number
  /** Live locks with its client key. */
  readonly locks: number
}

/** Shows the progress of the demonstration. */
export interface Progress {
  /** Prints a line that stays. */
  note(line: string): void
  /** Shows the current state. It may be called as often as the state changes. */
  show(snapshot: Snapshot): void
  /** Restores the terminal. Nothing is shown afterwards. */
  stop(): void
}

/** Progress bars on a terminal; now and then a plain line where the output goes to a file or a program. */
export function createProgress(output: NodeJS.WriteStream): Progress {
  return output.isTTY === true ? new Bars(output) : new PlainLines(output)
}

const barWidth = 24

class Bars implements Progress {
  readonly #output: NodeJS.WriteStream
  readonly #multi: MultiBar
  #queueBar: SingleBar | undefined
  #crawlerBars: SingleBar[] = []

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
    this.#multi = new MultiBar(
      {
        stream: output,
        format: '{name} {bar} {text}',
        barsize: barWidth,
        hideCursor: true,
        // A wrapped line counts as one line, and the bars would move down the screen.
        linewrap: false,
        // A note above the bars moves them, so they are redrawn even when nothing else changed.
        forceRedraw: true,
        // The caller decides what a signal means.
        gracefulExit: false,
      },
      Presets.shades_classic,
    )
  }

  note(line: string): void {
    if (this.#queueBar === undefined) this.#output.write(`${line}\n`)
    else this.#multi.log(`${line}\n`)
  }

  show({ sitePages, queue, crawlers }: Snapshot): void {
    if (this.#queueBar === undefined) {
      this.#queueBar = this.#multi.create(sitePages, 0, { name: 'queue    ', text: '' })
      this.#crawlerBars = crawlers.map(({ number }) =>
        this.#multi.create(sitePages, 0, { name: `crawler ${number}`, text: '' }),
      )
    }
    const locked = crawlers.reduce((sum, { locks }) => sum + locks, 0)
    const waiting = Math.max(0, queue.pending - locked)
    this.#queueBar.update(queue.handled, {
      text: `${queue.handled} of ${sitePages} handled, ${locked} locked, ${waiting} waiting`,
    })
    for (const [index, crawler] of crawlers.entries()) {
      this.#crawlerBars[index]!.update(crawler.finished, { text: crawlerText(crawler) })
    }
  }

  stop(): void {
    if (this.#queueBar === undefined) return
    // Notes are printed with the next redraw, and there is none after this.
    this.#multi.update()
    this.#multi.stop()
  }
}

function crawlerText({ state, finished, locks }: CrawlerSnapshot): string {
  const pages = `${finished} page${finished === 1 ? '' : 's'}`
  const held = `${locks} lock${locks === 1 ? '' : 's'}`
  switch (state) {
    case 'starting':
      return 'starting'
    case 'crawling':
      return `${pages}, ${held}`
    case 'killed':
      return `${pages}, killed${locks > 0 ? `, ${held} not expired yet` : ''}`
    case 'done':
      return `${pages}, done`
  }
}

const lineEveryMs: Millis = 2000

class PlainLines implements Progress {
  readonly #output: NodeJS.WritableStream
  readonly #startedAt = performance.now()
  #lineAt = Number.NEGATIVE_INFINITY

  constructor(output: NodeJS.WritableStream) {
    this.#output = output
  }

  note(line: string): void {
    this.#output.write(`${line}\n`)
  }

  show({ sitePages, queue, crawlers }: Snapshot): void {
    const now = performance.now()
    if (now - this.#lineAt < lineEveryMs) return
    this.#lineAt = now
    const seconds = Math.round((now - this.#startedAt) / 1000)
    const each = crawlers.map((crawler) => `crawler ${crawler.number}: ${crawlerText(crawler)}`)
    this.note([`${String(seconds).padStart(4)} s  ${queue.handled} of ${sitePages}`, ...each].join(' | '))
  }

  stop(): void {}
}
