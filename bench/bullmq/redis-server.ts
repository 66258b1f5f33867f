import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endedWithBenchmark } from '../processes/child.ts'
import { baseDirectory } from '../rounds/base-directory.ts'

const program = 'redis-server'
const startMsMax = 10_000
const lookMs = 20

/** The first line of `redis-server --version`; null where it is not installed. */
export function redisVersion(): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? (/v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim()) : null
}

/**
 * A Redis in a new directory that answers after its log is on the disk. It writes no snapshots and does not
 * rewrite its log, which would only cost it time.
 */
export class RedisServer {
  readonly port: number
  readonly pid: number
  readonly #directory: string
  readonly #ended: Promise<unknown>

  private constructor(port: number, pid: number, directory: string, ended: Promise<unknown>) {
    this.port = port
    this.pid = pid
    this.#directory = directory
    this.#ended = ended
  }

  /** @throws Error when it does not answer in time */
  static async start(): Promise<RedisServer> {
    const directory = mkdtempSync(join(baseDirectory, 'headlock-redis-'))
    const port = await freePort()
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      dir: directory,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'auto-aof-rewrite-percentage': '0',
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    const child = endedWithBenchmark(spawn(program, flags, { stdio: 'ignore' }))
    const server = new RedisServer(port, child.pid!, directory, once(child, 'exit'))
    try {
      await server.#answers()
      return server
    } catch (error) {
      await server.close()
      throw error
    }
  }

  async close(): Promise<void> {
    try {
      process.kill(this.pid, 'SIGTERM')
    } catch {
      // It has ended already.
    }
    await this.#ended
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    const endsAtMs = performance.now() + startMsMax
    while (!(await accepts(this.port))) {
      if (performance.now() > endsAtMs) throw new Error(`${program} did not start within ${startMsMax} ms`)
      await sleep(lookMs)
    }
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
