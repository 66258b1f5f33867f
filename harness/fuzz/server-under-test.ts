/** The server process of a fuzz or overload test: its log, its exit code and its memory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const main = resolve(import.meta.dirname, '../../src/main.ts')
/** The node flags of `npm start`. */
const usualNodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']

export interface ServerUnderTestOptions {
  /** Further node flags. A later flag overrides an earlier one. */
  readonly nodeFlags?: readonly string[]
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
}

export class ServerUnderTest {
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
    this.token = constantToken
  }

  /** Starts it with a data directory of its own. It logs warnings and errors only. */
  static async start({ nodeFlags = [], flags = [] }: ServerUnderTestOptions = {}): Promise<ServerUnderTest> {
    const directory = await mkdtemp(join(tmpdir(), 'headlock-server-'))
    const own = ['serve', '--port', '0', '--data', directory, '--log-level', 'warn', '--threads', '1']
    const child = spawn(process.execPath, [...usualNodeFlags, ...nodeFlags, main, ...own, ...flags], {
      env: { ...withoutSettings(process.env), HEADLOCK_TOKEN: constantToken },
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
    return new ServerUnderTest(child, directory, said)
  }

  /** Its data directory. */
  get directory(): string {
    return this.#directory
  }

  get processId(): number {
    return this.#child.pid!
  }

  /** How it ended; null while it runs. */
  get exit(): string | null {
    return this.#said.exit
  }

  /** Its standard error: the address of the inspector, and the message of a crash. */
  get errors(): string {
    return this.#said.errors
  }

  /** Warnings and errors of its log. Wrong calls must not cause any. */
  get complaints(): string[] {
    return this.#said.text.split('\n').filter((line) => line.startsWith('{"level":') && !isNoComplaint(line))
  }

  /** Memory in use, in bytes. Known on Linux only; 0 elsewhere. */
  residentBytes(): Promise<number> {
    return this.#memory('VmRSS')
  }

  /**
   * The peak of the memory in use during this work, above that before it, in bytes. Known on Linux only; 0
   * elsewhere.
   */
  async growthDuring(work: () => Promise<unknown>): Promise<number> {
    const before = await this.residentBytes()
    // Resets the peak.
    if (process.platform === 'linux') await writeFile(`/proc/${this.processId}/clear_refs`, '5')
    await work()
    return (await this.#memory('VmHWM')) - before
  }

  async #memory(name: 'VmRSS' | 'VmHWM'): Promise<number> {
    if (process.platform !== 'linux') return 0
    const status = await readFile(`/proc/${this.processId}/status`, 'utf8')
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1])
  }

  /** Stops it as an operator does. Returns how it ended. */
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

/** The token is constant, so that a call that was printed can be sent again. */
const constantToken = 'victim-kR7pWq2mZx9vTn4cLs6h'

/** Removes the Headlock settings of the caller's environment, which are not meant for this server. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(HEADLOCK_|NODE_TEST|NODE_OPTIONS)/.test(name)),
  )
}

/** Lines below a warning, and warnings that the test causes on purpose. */
function isNoComplaint(line: string): boolean {
  if (/^\{"level":[1-3]0,/.test(line)) return true
  // The database of the tests runs without fsync, and callers send wrong tokens, both on purpose.
  return /"msg":"(this PostgreSQL runs with fsync |many wrong tokens from one address)/.test(line)
}
