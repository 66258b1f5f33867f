import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcessOptions {
  readonly flags: readonly string[]
  /** Added to the environment of this process, from which its own server settings are removed. */
  readonly environment: Readonly<Record<string, string>>
  /** A line that it printed once it was ready. */
  onLine(line: string): void
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** `headlock serve` in its own process. */
export class ServerProcess {
  /** Resolves to its base URL when it is ready; rejects when it ends first. */
  readonly ready: Promise<string>
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor({ flags, environment, onLine }: ServerProcessOptions) {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('HEADLOCK_'))
    this.#child = spawn(process.execPath, [main, 'serve', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(kept), ...environment },
      // In its own process group. Ctrl-C in the terminal then reaches only the parent, which ends its servers
      // itself.
      detached: true,
    })
    const ready = Promise.withResolvers<string>()
    this.ready = ready.promise
    // It may end before anything awaits `ready`.
    this.ready.catch(() => {})
    const early: string[] = []
    let isReady = false
    createInterface(this.#child.stdout!).on('line', (line) => {
      const url = / is ready at (\S+)$/.exec(line)?.[1]
      if (url !== undefined) {
        isReady = true
        ready.resolve(url)
      } else if (!isReady) early.push(line)
    })
    createInterface(this.#child.stderr!).on('line', (line) => {
      if (isReady) onLine(line)
      else early.push(line)
    })
    const failed = (cause?: unknown) =>
      ready.reject(new Error(`A server did not start:\n${early.join('\n')}`, { cause }))
    this.#ended = once(this.#child, 'close').then(() => failed(), failed)
  }

  /** Undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** SIGKILL: it cannot finish anything any more. No effect on a process that has ended. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
