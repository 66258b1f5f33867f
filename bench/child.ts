import { type ChildProcess, fork } from 'node:child_process'

/** A process of the benchmark that takes one message at a time and answers it. */
export class Child {
  readonly process: ChildProcess

  /** @param nodeFlags what Node.js is started with besides */
  constructor(file: string, args: readonly string[] = [], nodeFlags: readonly string[] = []) {
    this.process = fork(new URL(file, import.meta.url), args, {
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeFlags],
    })
  }

  /** The next message it sends; rejects when it ends instead. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) =>
        reject(new Error(`A process of the benchmark ended (exit code ${code})`))
      this.process.once('exit', ended)
      this.process.once('message', (message) => {
        this.process.off('exit', ended)
        resolve(message as T)
      })
    })
  }

  ask<T>(message: object): Promise<T> {
    const answer = this.next<T>()
    this.process.send(message)
    return answer
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill('SIGTERM')
    await ended
  }
}
