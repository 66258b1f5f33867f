import { randomText } from '../../src/domain/identity.ts'
import type { Build } from './build.ts'
import { Child } from './child.ts'

/** The flags that `npm start` and the packaged command have. */
const nodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
/** Of all servers of a run, so that one that is started again on its data knows it. */
const token = `headlock_${randomText(36)}`
const attendant = new URL('./server-attendant.ts', import.meta.url).href
/** What a server says first, of every revision: where it is. */
const addressPattern = /http:\/\/127\.0\.0\.1:(\d+)/
const outputLengthMax = 4000

/** What a server tells when it takes calls. */
export interface Ready {
  readonly port: number
  readonly token: string
  /** From the start of its process. */
  readonly readyMs: number
}

/**
 * A server under load, in a process of its own: `headlock serve` as anybody starts it, with its log, so that servers of other
 * revisions are started just as well.
 */
export class ServerProcess {
  readonly ready: Promise<Ready>
  readonly #child: Child

  /** @param flags of `headlock serve`, each followed by its value */
  constructor({ directory, node }: Build, flags: readonly string[]) {
    const startedAtMs = performance.now()
    this.#child = new Child(
      new URL(`file://${directory}/src/main.ts`).href,
      ['serve', '--host', '127.0.0.1', '--port', '0', ...flags],
      {
        cwd: directory,
        execPath: node,
        execArgv: [...nodeFlags, '--import', attendant],
        env: { ...environmentForServers(), HEADLOCK_TOKEN: token },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      },
    )
    this.ready = this.#address().then((port) => ({ port, token, readyMs: performance.now() - startedAtMs }))
    // Whoever waits for it is told; a server that is ended before anybody does is no failure of the benchmark.
    this.ready.catch(() => {})
  }

  get pid(): number {
    return this.#child.process.pid!
  }

  async residentBytes(): Promise<number> {
    return (await this.#child.ask<{ residentBytes: number }>({})).residentBytes
  }

  /** Resolves when it has ended. */
  stop(): Promise<void> {
    return this.#child.stop()
  }

  /** The port, as soon as it says so. What it writes later is read and dropped: a full pipe would stop it. */
  #address(): Promise<number> {
    const { process: child } = this.#child
    return new Promise((resolve, reject) => {
      let output = ''
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        if (output.length > outputLengthMax) return
        output += text
        const port = addressPattern.exec(output)?.[1]
        if (port !== undefined) resolve(Number(port))
      })
      child.once('close', () => reject(new Error(`A server did not start. It said:\n${output.trim()}`)))
    })
  }
}

/** Ours, without what would change how a server is started. */
function environmentForServers(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(HEADLOCK_|npm_)/i.test(name))
  return Object.fromEntries(kept)
}
