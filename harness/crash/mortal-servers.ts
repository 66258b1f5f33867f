import assert from 'node:assert/strict'
import { type Ended, type Launch, launchServerProcess, type ServerProcess } from '../server-process.ts'

/** Server processes on the same data, to be killed and started again. Clients ask for one that is up. */
export class MortalServers {
  readonly #directory: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #mayEndSaying: RegExp | null
  readonly #launches: Launch[] = []
  /** By the place of the server; null while it is not up. */
  readonly #up: (ServerProcess | null)[] = []
  /** Those that are ended on purpose. */
  readonly #ending = new WeakSet<Launch>()
  #waiting: (() => void)[] = []
  #fail: (error: Error) => void = () => {}
  /** Rejects when one of them ends by itself. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  /** @param mayEndSaying a server that ends by itself with these words is started again, as a supervisor does */
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

  /** Resolves when it is ready, or was ended before it was. */
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
      // It may have been ended between its word and now.
      if (this.#ending.has(launch)) return
      this.#up[place] = server
    } catch {
      // It ended: on purpose, or `failed` tells.
      return
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** The server of that client while it is up, else another one, else the next one that comes up. */
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

  /** Without a warning. Resolves when it is gone. */
  async kill(place: number): Promise<void> {
    const ended = await this.#end(place, 'SIGKILL')
    if (this.#mayHaveEnded(ended)) return
    const { code, signal, stderr } = ended
    assert.equal(signal, 'SIGKILL', `a server ended by itself before it was killed, with ${code}:\n${stderr}`)
  }

  /** As an operator stops it. */
  async stop(place: number): Promise<void> {
    const ended = await this.#end(place, 'SIGTERM')
    if (this.#mayHaveEnded(ended)) return
    const { code, stderr } = ended
    assert.equal(code, 0, `a server that was asked to stop ended with ${code}:\n${stderr}`)
  }

  /** Whatever happened: none of them outlives its test. */
  async killAll(): Promise<void> {
    await Promise.all(this.#launches.map((_, place) => this.#end(place, 'SIGKILL')))
  }

  /** By itself, for the reason that there may be; also right before it was to be ended. */
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
