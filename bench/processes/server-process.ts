import { randomText } from '../../src/domain/identity.ts'
import type { Build } from './build.ts'
import { Child } from './child.ts'

/** The flags of `npm start` and of the packaged command. */
const nodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
/** The token of all servers of a run, so that a server that is restarted on its data accepts it. */
const token = `headlock_${randomText(36)}`
const attendant = new URL('./server-attendant.ts', import.meta.url).href
/** The address in the first output of a server, in every revision. */
const addressPattern = /http:\/\/127\.0\.0\.1:(\d+)/
const outputLengthMax = 4000

/** What a server reports when it is ready. */
export interface Ready {
  readonly port: number
  readonly token: string
  /** Since the start of its process. */
  readonly readyMs: number
}

/**
 * A server under load in a process of its own. It is `headlock serve` as a user runs it, with its log, so
 * servers of other revisions can be started too.
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
    // Callers that await `ready` get the error. A server that is ended before that is not a failure.
    this.ready.catch(() => {})
  }

  get pid(): number {
    return this.#child.process.pid!
  }

  async residentBytes(): Promise<number> {
    return (await this.#child.ask<{ residentBytes: number }>({})).residentBytes
  }

  /** Resolves when the server has ended. */
  stop(): Promise<void> {
    return this.#child.stop()
  }

  /**
   * The port, as soon as the server prints it. Later output is read and dropped, because a full pipe would
   * block the server.
   */
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

/** The environment of the benchmark, without settings that would change the server. */
function environmentForServers(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(HEADLOCK_|npm_)/i.test(name))
  return Object.fromEntries(kept)
}
