import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'

const benchFolder = new URL('../', import.meta.url)

/** Those that have not ended, so that none outlives the benchmark. */
const running = new Set<ChildProcess>()
let isEnding = false

/**
 * Notes a process that was just started, so that it ends with the benchmark.
 *
 * @throws Error when the benchmark is being ended; the process is ended then
 */
export function endedWithBenchmark<Started extends ChildProcess>(child: Started): Started {
  if (isEnding) {
    child.kill('SIGKILL')
    throw new Error('The benchmark is being ended; no process is started any more')
  }
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}

/** Ends all of them at once, whatever they are at; none can be started afterwards. Resolves when they have ended. */
export async function endAllProcesses(): Promise<void> {
  isEnding = true
  await Promise.all([...running].map((child) => end(child, 'SIGKILL')))
}

/** A process of Node.js that takes one message at a time and answers it. */
export class Child {
  readonly process: ChildProcess

  /**
   * What it writes to its standard output is dropped unless `options` say otherwise: a pipe that nobody reads would fill and
   * stop it.
   *
   * @param file relative to the folder of the benchmark, or an absolute URL
   * @throws Error when the benchmark is being ended
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
   * Sends the message and hears every one that it sends until `heard` returns something, which it resolves with; rejects
   * when `heard` throws, or the process ends.
   */
  askAndHear<T, Result>(message: object, heard: (message: T) => Result | undefined): Promise<Result> {
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

  /** The next message it sends; rejects when it ends instead, or has ended. */
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

  /** Sends the message and resolves with the answer, which is the next message it sends; rejects when it ends instead. */
  ask<T>(message: object): Promise<T> {
    return this.askAndHear<T, T>(message, (answer) => answer)
  }

  /** Resolves when it has ended. */
  stop(): Promise<void> {
    return end(this.process, 'SIGTERM')
  }

  #endError(): Error {
    const { exitCode, signalCode } = this.process
    return new Error(`A process of the benchmark ended (${signalCode ?? `exit code ${exitCode}`})`)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  // One that could not be started has no number.
  if (hasEnded(child) || child.pid === undefined) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
