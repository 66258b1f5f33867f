import { constants } from 'node:os'
import type { Millis } from '../domain/time.ts'

/** Under npm, one Ctrl-C arrives twice: from the terminal and from npm. A signal within this time is the same one. */
const echoMs: Millis = 500
/** How often to check whether the parent has ended. */
const parentCheckMs: Millis = 500
/** The signals that end a process without a listener for them. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves with the reason to stop: the first SIGTERM or SIGINT, or the end of the npm that started the process. A
 * second signal ends the process at once, with the exit code that shells give for that signal.
 *
 * @param startedByNpm whether to watch the parent too. npm passes a signal to a shell between npm and this process. Most
 *   shells die of it without passing it on, so `npm start` would end and leave the server running
 */
export function untilAskedToStop(startedByNpm: boolean): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const onSignal = (signal: NodeJS.Signals) => {
      const now = performance.now()
      if (firstAt === undefined) {
        firstAt = now
        resolve(signal)
      } else if (now - firstAt > echoMs) {
        process.exit(128 + constants.signals[signal])
      }
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)

    const parent = process.ppid
    if (startedByNpm) {
      const timer = setInterval(() => {
        if (process.ppid === parent) return
        clearInterval(timer)
        resolve('npm has ended')
      }, parentCheckMs)
      timer.unref()
    }
  })
}

/**
 * Listens for SIGHUP from now on. A signal that arrives before `perform` is called is handled at that call, once.
 *
 * @param isListening false: SIGHUP ends the process as usual
 */
export function onHangUp(isListening: boolean): { perform(what: () => void): void } {
  let perform: (() => void) | undefined
  let isWaiting = false
  const onSignal = () => {
    if (perform === undefined) isWaiting = true
    else perform()
  }
  if (isListening) process.on('SIGHUP', onSignal)
  return {
    perform(what) {
      perform = what
      if (isWaiting) what()
    },
  }
}

/** Removes incomplete files when a signal ends the process in the middle of a command. */
export class Interrupt {
  #cleanUp: () => void = () => {}
  readonly #onSignal = (signal: NodeJS.Signals) => {
    try {
      this.#cleanUp()
    } finally {
      this.stop()
      // Without a listener, the signal ends the process, also while another thread is in a long statement.
      process.kill(process.pid, signal)
    }
  }

  constructor() {
    for (const signal of endSignals) process.on(signal, this.#onSignal)
  }

  /** Sets what a signal has to clean up from now on. */
  readonly begun = (cleanUp: () => void): void => {
    this.#cleanUp = cleanUp
  }

  stop(): void {
    for (const signal of endSignals) process.off(signal, this.#onSignal)
  }
}
