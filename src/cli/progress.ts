import type { SingleBar } from 'cli-progress'
import type { Millis } from '../domain/time.ts'
import type { Io } from './io.ts'

/** The progress of a long command. A total of 0 means that it is not known. */
export interface Progress {
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly unit: 'MB' | 'requests'
  /** More to show behind the figures. */
  readonly note?: string
}

export interface Shown {
  show(progress: Progress): void
  stop(): void
}

/** Progress as the other parts of the program report it. */
type Known = { readonly phase: string } & (
  | { readonly copiedBytes: number; readonly totalBytes: number }
  | { readonly done: number; readonly total: number }
)

export function progressOf(progress: Known): Progress {
  const { phase } = progress
  if ('done' in progress) return { phase, done: progress.done, total: progress.total, unit: 'requests' }
  const { copiedBytes, totalBytes } = progress
  return { phase, done: megabytes(copiedBytes), total: megabytes(totalBytes), unit: 'MB' }
}

export function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000)
}

/** Shows a bar on a terminal, and a line every few seconds elsewhere. */
export async function createProgress(io: Io): Promise<Shown> {
  if (!process.stderr.isTTY) return new PlainLines(io)
  const { SingleBar } = await import('cli-progress')
  return new Bar(
    new SingleBar({
      format:
        '{phase} {bar} {percentage}% | {value} of {total} {unit} | {rate} {unit}/s | {eta_formatted} left{note}',
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      barsize: 24,
      etaBuffer: 100,
      linewrap: false,
      stream: process.stderr,
      // The command handles Ctrl-C itself, because it has to clean up.
      gracefulExit: false,
    }),
    io,
  )
}

class Bar implements Shown {
  readonly #bar: SingleBar
  readonly #io: Io
  #phase: string | null = null
  #phaseAt = 0
  #doneBefore = 0
  #isDrawn = false

  constructor(bar: SingleBar, io: Io) {
    this.#bar = bar
    this.#io = io
  }

  show({ phase, done, total, unit, note }: Progress): void {
    const isNew = phase !== this.#phase
    if (isNew) {
      this.stop()
      this.#phase = phase
      this.#phaseAt = performance.now()
      this.#doneBefore = done
      if (total === 0) this.#io.err(`${phase} …\n`)
    }
    if (total === 0) return
    const seconds = (performance.now() - this.#phaseAt) / 1000
    const rate = seconds > 0 ? Math.round((done - this.#doneBefore) / seconds) : 0
    const payload = { phase: phase.padEnd(17), unit, rate, note: note === undefined ? '' : ` | ${note}` }
    if (this.#isDrawn) {
      this.#bar.setTotal(total)
      this.#bar.update(done, payload)
    } else {
      this.#bar.start(total, done, payload)
      this.#isDrawn = true
    }
  }

  stop(): void {
    if (this.#isDrawn) this.#bar.stop()
    this.#isDrawn = false
    this.#phase = null
  }
}

const lineEveryMs: Millis = 5000

class PlainLines implements Shown {
  readonly #io: Io
  readonly #startedAt = performance.now()
  #lineAt = performance.now()

  constructor(io: Io) {
    this.#io = io
  }

  show({ phase, done, total, unit, note }: Progress): void {
    const now = performance.now()
    if (now - this.#lineAt < lineEveryMs) return
    this.#lineAt = now
    const seconds = Math.round((now - this.#startedAt) / 1000)
    const far = total === 0 ? '' : ` ${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`
    this.#io.err(`${seconds} s: ${phase}${far}${note === undefined ? '' : `, ${note}`}\n`)
  }

  stop(): void {}
}
