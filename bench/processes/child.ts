import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'

const benchFolder = new URL('../', import.meta.url)

/** Child processes that still run, so that none outlives the benchmark. */
const running = new Set<ChildProcess>()
let isEnding = false

/**
 * Registers a process that was just started, so that it ends with the benchmark.
 *
 * @throws Error when the benchmark is already ending; the process is ended then
 */
export function endedWithBenchmark<Started extends ChildProcess>(child: Started): Started {
  if (isEnding) {
    child.kill('SIGKILL')
    throw new Error('The benchmark is ending, so no process can be started')
  }
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}

/** Ends all child processes at once. No process can be started afterwards. Resolves when they have ended. */
export async function endAllProcesses(): Promise<void> {
  isEnding = true
  await Promise.all([...running].map((child) => end(child, 'SIGKILL')))
}

/** A Node.js process that takes one message at a time and answers it. */
export class Child {
  readonly process: ChildProcess

  /**
   * Its standard output is dropped unless `options` say otherwise, because a pipe that nobody reads would
   * fill up and block it.
   *
   * @param file relative to the folder of the benchmark, or an absolute URL
   * @throws Error when the benchmark is ending
   */
  constructor(file: string, args: readonly string[] = [], options: ForkOptions = {}) {
    this.process = endedWithBenchmark(
      fork(new URL(file, benchFolder), args, {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        ...options,
        execArgv: ['--disable-warning=ExperimentalWarning', ...(options.execArgv ?? [])],
      }),
    )
  }

  /**
   * Sends the message and passes every answer to `heard`, until `heard` returns a result. Resolves to that
   * result. Rejects when `heard` throws or the process ends.
   */
  sendAndReceive<T, Result>(message: object, heard: (message: T) => Result | undefined): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const stop = () => {
        this.process.off('message', listener)
        this.process.off('exit', ended)
      }
      const ended = () => {
        stop()
        reject(this.#endError())
      }
      const listener = (one: unknown) => {
        try {
          const result = heard(one as T)
          if (result === undefined) return
          stop()
          resolve(result)
        } catch (error) {
          stop()
          reject(error)
        }
      }
      if (hasEnded(this.process)) return reject(this.#endError())
      this.process.on('message', listener)
      this.process.once('exit', ended)
      this.process.send(message, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  /** The next message from the process. Rejects when it ends instead, or has ended. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(this.#endError())
      if (hasEnded(this.process)) return ended()
      this.process.once('exit', ended)
      this.process.once('message', (message) => {
        this.process.off('exit', ended)
        resolve(message as T)
      })
    })
  }

  /** Sends the message and resolves to the next message from the process. Rejects when it ends instead. */
  ask<T>(message: object): Promise<T> {
    return this.sendAndReceive<T, T>(message, (answer) => answer)
  }

  /** Resolves when the process has ended. */
  stop(): Promise<void> {
    return end(this.process, 'SIGTERM')
  }

  #endError(): Error {
    const { exitCode, signalCode } = this.process
    return new Error(`A process of the benchmark ended (${signalCode ?? `exit code ${exitCode}`})`)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  // A process that could not be started has no pid.
  if (hasEnded(child) || child.pid === undefined) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
