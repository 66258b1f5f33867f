import assert from 'node:assert/strict'
import { type Ended, type Launch, launchServerProcess, type ServerProcess } from '../server-process.ts'

/** Server processes on the same data that are killed and started again. Clients ask for one that is up. */
export class KillableServers {
  readonly #directory: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #mayEndSaying: RegExp | null
  readonly #launches: Launch[] = []
  /** By the place of the server; null while it is not up. */
  readonly #up: (ServerProcess | null)[] = []
  /** Servers that are stopped on purpose. */
  readonly #ending = new WeakSet<Launch>()
  #waiting: (() => void)[] = []
  #fail: (error: Error) => void = () => {}
  /** Rejects when a server ends by itself. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  /**
   * @param mayEndSaying a server that ends by itself with this message is started again, as a supervisor does
   */
  constructor(
    directory: string,
    environment: Readonly<Record<string, string>>,
    mayEndSaying: RegExp | null = null,
  ) {
    this.#directory = directory
    this.#environment = environment
    this.#mayEndSaying = mayEndSaying
    this.failed.catch(() => {})
  }

  /** Resolves when the server is ready, or when it was ended before that. */
  async start(place: number, flags: readonly string[]): Promise<void> {
    const launch = launchServerProcess(this.#directory, { flags, environment: this.#environment })
    this.#launches[place] = launch
    this.#up[place] = null
    void launch.ended.then((ended) => {
      if (this.#ending.has(launch)) return
      this.#up[place] = null
      if (this.#mayHaveEnded(ended)) {
        void this.start(place, flags)
        return
      }
      const { code, signal, stderr } = ended
      this.#fail(new Error(`a server ended by itself, with ${signal ?? `exit code ${code}`}:\n${stderr}`))
    })
    try {
      const server = await launch.ready
      // It may have been ended since it said that it is ready.
      if (this.#ending.has(launch)) return
      this.#up[place] = server
    } catch {
      // It was ended on purpose. If not, `failed` reports it.
      return
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** The server of that client while it is up, else any other, else the next one that comes up. */
  async serverFor(client: number): Promise<ServerProcess> {
    for (;;) {
      const server = this.#up[client % this.#up.length] ?? this.#up.find((each) => each !== null)
      if (server) return server
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), this.failed])
    }
  }

  isUp(place: number): boolean {
    return this.#up[place] !== null
  }

  /** Kills the server without warning. Resolves when the process has ended. */
  async kill(place: number): Promise<void> {
    const ended = await this.#end(place, 'SIGKILL')
    if (this.#mayHaveEnded(ended)) return
    const { code, signal, stderr } = ended
    assert.equal(signal, 'SIGKILL', `a server ended by itself before it was killed, with ${code}:\n${stderr}`)
  }

  /** Stops the server as an operator does. */
  async stop(place: number): Promise<void> {
    const ended = await this.#end(place, 'SIGTERM')
    if (this.#mayHaveEnded(ended)) return
    const { code, stderr } = ended
    assert.equal(code, 0, `a server that was asked to stop ended with ${code}:\n${stderr}`)
  }

  /** Kills all servers, whatever happened, so that none outlives its test. */
  async killAll(): Promise<void> {
    await Promise.all(this.#launches.map((_, place) => this.#end(place, 'SIGKILL')))
  }

  /**
   * Whether the server ended for the one allowed reason. That can also happen just before it was to be
   * killed.
   */
  #mayHaveEnded({ code, stderr }: Ended): boolean {
    return code === 1 && this.#mayEndSaying?.test(stderr) === true
  }

  #end(place: number, signal: NodeJS.Signals): Launch['ended'] {
    const launch = this.#launches[place]!
    this.#ending.add(launch)
    this.#up[place] = null
    launch.signal(signal)
    return launch.ended
  }
}

/** Kills all servers at the end, whatever happened. */
export async function withKillableServers<Result>(
  directory: string,
  environment: Readonly<Record<string, string>>,
  work: (servers: KillableServers) => Promise<Result>,
): Promise<Result> {
  const servers = new KillableServers(directory, environment)
  try {
    return await work(servers)
  } finally {
    await servers.killAll()
  }
}
