/** A server process to be mistreated: what it needs, what it says, and how much memory it holds. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const main = resolve(import.meta.dirname, '../../src/main.ts')
/** As `npm start` has them. */
const usualNodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']

export interface VictimOptions {
  /** Flags of node itself, beside the usual ones; a later one wins. */
  readonly nodeFlags?: readonly string[]
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
}

export class Victim {
  readonly port: number
  readonly token: string
  readonly #child: ChildProcess
  readonly #directory: string
  readonly #said: Said
  readonly #exited: Promise<unknown>

  private constructor(child: ChildProcess, directory: string, said: Said) {
    this.#child = child
    this.#directory = directory
    this.#said = said
    this.#exited = once(child, 'exit')
    this.port = Number(/ is ready at http:\/\/127\.0\.0\.1:(\d+)\n/.exec(said.text)![1])
    this.token = victimToken
  }

  /** With a data directory of its own, and a log that has only what is worth a warning. */
  static async start({ nodeFlags = [], flags = [] }: VictimOptions = {}): Promise<Victim> {
    const directory = await mkdtemp(join(tmpdir(), 'headlock-victim-'))
    const own = ['serve', '--port', '0', '--data', directory, '--log-level', 'warn', '--threads', '1']
    const child = spawn(process.execPath, [...usualNodeFlags, ...nodeFlags, main, ...own, ...flags], {
      env: { ...withoutSettings(process.env), HEADLOCK_TOKEN: victimToken },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: Said = { text: '', errors: '', exit: null }
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said.text += text
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said.errors += text
    })
    child.once('exit', (code, signal) => {
      said.exit = String(signal ?? code)
    })
    while (!/ is ready at \S+\n/.test(said.text)) {
      await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
      if (said.exit !== null) throw new Error(`the server did not start:\n${said.text}${said.errors}`)
    }
    return new Victim(child, directory, said)
  }

  /** Where its data are. */
  get directory(): string {
    return this.#directory
  }

  get processId(): number {
    return this.#child.pid!
  }

  /** How it ended; null while it lives. */
  get exit(): string | null {
    return this.#said.exit
  }

  /** What came on standard error: where the inspector listens, and what a crash says. */
  get errors(): string {
    return this.#said.errors
  }

  /** Lines of its log that say more than that a call was made: a server that is called wrongly has nothing to say. */
  get complaints(): string[] {
    return this.#said.text.split('\n').filter((line) => line.startsWith('{"level":') && !isNoComplaint(line))
  }

  /** Memory in use, in bytes. Known on Linux alone; 0 elsewhere. */
  residentBytes(): Promise<number> {
    return this.#memory('VmRSS')
  }

  /** How many bytes more than before were in use at the worst moment of this work. Known on Linux alone; 0 elsewhere. */
  async growthDuring(work: () => Promise<unknown>): Promise<number> {
    const before = await this.residentBytes()
    // The peak begins anew.
    if (process.platform === 'linux') await writeFile(`/proc/${this.processId}/clear_refs`, '5')
    await work()
    return (await this.#memory('VmHWM')) - before
  }

  async #memory(name: 'VmRSS' | 'VmHWM'): Promise<number> {
    if (process.platform !== 'linux') return 0
    const status = await readFile(`/proc/${this.processId}/status`, 'utf8')
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1])
  }

  /** Ends it as an operator does; gives how it ended. */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM')
    return this.#end()
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#end()
  }

  async #end(): Promise<string> {
    if (this.#said.exit === null) await this.#exited
    await rm(this.#directory, { recursive: true, force: true })
    return this.#said.exit!
  }
}

interface Said {
  text: string
  errors: string
  exit: string | null
}

/** Always the same, so that a call that was printed can be made again. */
const victimToken = 'victim-kR7pWq2mZx9vTn4cLs6h'

/** A setting in the environment of whoever runs this is none of the victim's. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(HEADLOCK_|NODE_TEST|NODE_OPTIONS)/.test(name)),
  )
}

/** Below a warning. */
function isNoComplaint(line: string): boolean {
  if (/^\{"level":[1-3]0,/.test(line)) return true
  // The database of the tests keeps nothing on the disk, and callers send wrong tokens, both on purpose.
  return /"msg":"(this PostgreSQL runs with fsync |many wrong tokens from one address)/.test(line)
}
