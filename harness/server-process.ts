/**
 * The program as a person runs it: real processes with their own directories, on ports that the system
 * chooses.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { distributeSchema } from './cluster/cluster.ts'
import { dropSchema } from './postgres-schemas.ts'
import { newSchemaName, testPostgresUrl } from './test-postgres.ts'

const main = resolve(import.meta.dirname, '../src/main.ts')
const terminalMain = resolve(import.meta.dirname, 'terminal-main.ts')

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /**
   * Added to the environment of the test, from which HEADLOCK_ variables and those of the test runner are
   * removed.
   */
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Anything with a cleanup at its end, such as a test. */
export interface Ending {
  after(step: () => void | Promise<void>): void
}

/** A temporary directory. It is removed after the test. */
export async function temporaryDirectory(t: Ending): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** An empty schema on the PostgreSQL of the tests, as a value of --store. It is dropped after the test. */
export async function temporaryDatabase(t: Ending): Promise<string> {
  const { url, schema } = await temporaryDatabaseParts(t)
  return `${url}?schema=${schema}`
}

/** The same as the URL of the database and the name of the schema. On a cluster its tables are there and distributed. */
export async function temporaryDatabaseParts(t: Ending): Promise<{ url: string; schema: string }> {
  const url = await testPostgresUrl()
  const schema = newSchemaName()
  t.after(() => dropSchema(url, schema))
  await distributeSchema(url, schema)
  return { url, schema }
}

/** Runs a headlock command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startCommand(args, options).ended
}

export interface CommandOptions extends RunOptions {
  /** Runs it as on a terminal. */
  readonly onTerminal?: true
}

/** Starts a headlock command that goes on. The caller has to end it. */
export function startCommand(
  args: readonly string[],
  { onTerminal, ...options }: CommandOptions = {},
): Running {
  return new Running(onTerminal ? terminalMain : main, args, options)
}

/** Runs a script of this repository to its end. */
export function runProgram(
  script: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  return new Running(script, args, options).ended
}

/**
 * Starts a server on a port that the system chooses, and waits until it is ready. It is killed after the test
 * if it still runs.
 */
export function startServerProcess(
  t: Ending,
  dataDirectory: string,
  options: ServerOptions = {},
): Promise<ServerProcess> {
  const launch = launchServerProcess(dataDirectory, options)
  t.after(async () => {
    launch.signal('SIGKILL')
    await launch.ended
  })
  return launch.ready
}

export interface ServerOptions extends RunOptions {
  readonly flags?: readonly string[]
  /** Runs the server on a terminal, where it prints the first token. Otherwise the token is in a file. */
  readonly onTerminal?: true
}

/** A server process from its start, for callers that end it before it is ready. */
export interface Launch {
  /** Rejects when the process ends first. */
  readonly ready: Promise<ServerProcess>
  readonly ended: Promise<Ended>
  signal(signal: NodeJS.Signals): void
}

/** Starts a server like `startServerProcess`, but the caller has to end it. */
export function launchServerProcess(
  dataDirectory: string,
  { flags = [], onTerminal, ...options }: ServerOptions = {},
): Launch {
  const script = onTerminal ? terminalMain : main
  const running = new Running(script, ['serve', '--port', '0', '--data', dataDirectory, ...flags], options)
  return {
    ready: running.hasPrinted(/ is ready at (\S+)\n/).then(() => new ServerProcess(running)),
    ended: running.ended,
    signal: (signal) => void running.child.kill(signal),
  }
}

export class ServerProcess {
  readonly #running: Running
  readonly url: string
  /** The token from the file that the first start names, or from the output. Null at later starts. */
  readonly firstToken: string | null

  constructor(running: Running) {
    this.#running = running
    this.url = / is ready at (\S+)\n/.exec(running.stdout)![1]!
    this.firstToken = firstTokenIn(running.stdout)
  }

  get processId(): number {
    return this.#running.child.pid!
  }

  get stdout(): string {
    return this.#running.stdout
  }

  get ended(): Promise<Ended> {
    return this.#running.ended
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.child.kill(signal)
  }

  /** Sends the signal and waits for the end of the process. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.signal(signal)
    return this.ended
  }

  hasPrinted(pattern: RegExp): Promise<void> {
    return this.#running.hasPrinted(pattern)
  }

  /** Makes one call with a token: the first token unless another is given. */
  call(path: string, init: RequestInit & { token?: string | null } = {}): Promise<Response> {
    const { token = this.firstToken, ...rest } = init
    assert.ok(token !== null, 'this start printed no token, so the call needs one')
    const headers = new Headers(rest.headers)
    headers.set('Authorization', `Bearer ${token}`)
    if (rest.body !== undefined) headers.set('Content-Type', 'application/json')
    return fetch(`${this.url}${path}`, { ...rest, headers })
  }
}

function firstTokenIn(stdout: string): string | null {
  const [, file, printed] = /APIFY_TOKEN=(?:\$\(cat (\S+)\)|(\S+))/.exec(stdout) ?? []
  return file === undefined ? (printed ?? null) : readFileSync(file, 'utf8').trim()
}

export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(script: string, args: readonly string[], { environment = {}, cwd }: RunOptions) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(HEADLOCK_|NODE_TEST)/.test(name))
    this.child = spawn(process.execPath, [script, ...args], {
      env: { ...Object.fromEntries(inherited), ...environment },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** Rejects when the process ends before it prints the pattern. */
  hasPrinted(pattern: RegExp): Promise<void> {
    return this.#has(pattern, () => this.stdout, this.child.stdout!)
  }

  /** The same for standard error. */
  hasSaid(pattern: RegExp): Promise<void> {
    return this.#has(pattern, () => this.stderr, this.child.stderr!)
  }

  async #has(pattern: RegExp, text: () => string, stream: Readable): Promise<void> {
    let over = false
    const end = this.ended.then(() => {
      over = true
    })
    while (!pattern.test(text())) {
      assert.ok(!over, `the process ended before it printed ${pattern}:\n${this.stdout}${this.stderr}`)
      await Promise.race([once(stream, 'data'), end])
    }
  }
}
