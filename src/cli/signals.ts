import { constants } from 'node:os'
import type { Millis } from '../domain/time.ts'

/** Ctrl-C under npm arrives twice, from the terminal and from npm: that is one wish, not two. */
const echoMs: Millis = 500
const parentCheckMs: Millis = 500
/** What ends a process that does not listen for it. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves with why the process is to stop: the first SIGTERM or SIGINT, or the end of the npm that started it. A
 * second signal ends the process at once, with the exit code that shells give for it.
 *
 * @param startedByNpm npm passes a signal to a shell between it and us, and most shells keep it to themselves and
 *   die of it: without a look at the parent, `npm start` would end and leave the server behind
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
 * Listens for SIGHUP from now on. Those that come before there is something to perform are performed once, then.
 *
 * @param isListening false: the signal keeps its own meaning, which is the end of the process
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

/** What somebody who ends the process in the middle would leave behind, removed before it ends. */
export class Interrupt {
  #cleanUp: () => void = () => {}
  readonly #onSignal = (signal: NodeJS.Signals) => {
    try {
      this.#cleanUp()
    } finally {
      this.stop()
      // Without a listener it ends the process, as whoever sent it expects; also where a thread is in the middle of a
      // long statement.
      process.kill(process.pid, signal)
    }
  }

  constructor() {
    for (const signal of endSignals) process.on(signal, this.#onSignal)
  }

  /** From now on this is what has to be done. */
  readonly begun = (cleanUp: () => void): void => {
    this.#cleanUp = cleanUp
  }

  stop(): void {
    for (const signal of endSignals) process.off(signal, this.#onSignal)
  }
}
