import { type ChildProcess, fork } from 'node:child_process'

/** Those that have not ended, so that none outlives the benchmark. */
const running = new Set<Child>()
let isEnding = false

/** A process of the benchmark that takes one message at a time and answers it. */
export class Child {
  readonly process: ChildProcess

  /**
   * What it writes to its standard output is dropped: a pipe that nobody reads would fill and stop it.
   *
   * @param file relative to this one
   * @param nodeFlags what Node.js is started with besides
   * @throws Error when the benchmark is being ended
   */
  constructor(file: string, args: readonly string[] = [], nodeFlags: readonly string[] = []) {
    if (isEnding) throw new Error('The benchmark is being ended; no process is started any more')
    this.process = fork(new URL(file, import.meta.url), args, {
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeFlags],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    running.add(this)
    this.process.once('exit', () => running.delete(this))
  }

  /** Ends all of them at once, whatever they are at; none can be started afterwards. Resolves when they have ended. */
  static async endAll(): Promise<void> {
    isEnding = true
    await Promise.all([...running].map((child) => child.#end('SIGKILL')))
  }

  /** The next message it sends; rejects when it ends instead, or has ended. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) =>
        reject(new Error(`A process of the benchmark ended (${signal ?? `exit code ${code}`})`))
      if (this.#hasEnded()) return ended(this.process.exitCode, this.process.signalCode)
      this.process.once('exit', ended)
      this.process.once('message', (message) => {
        this.process.off('exit', ended)
        resolve(message as T)
      })
    })
  }

  /** Sends the message and resolves with the answer, which is the next message it sends; rejects when it ends instead. */
  ask<T>(message: object): Promise<T> {
    return new Promise((resolve, reject) => {
      this.next<T>().then(resolve, reject)
      if (this.#hasEnded()) return
      this.process.send(message, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  /** Resolves when it has ended. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded()) return
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill(signal)
    await ended
  }

  #hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }
}
