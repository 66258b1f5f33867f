/**
 * Many consoles in one process: each does what the page of a queue does in a browser. It is told how many to open,
 * and answers when all of them have got their first event; told 0, it closes them.
 */
import { Agent, type ClientRequest, get } from 'node:http'

export interface ConsolesAsk {
  readonly count: number
  readonly port: number
  readonly token: string
  readonly queueId: string
}

/** What the page asks for again and again, and how long after an answer. See console/src/pages/queue/queue-page.tsx. */
const asked = [
  { path: '', everyMs: 10_000 },
  { path: '/policy', everyMs: 15_000 },
] as const

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
let open: Console[] = []

class Console {
  readonly #ask: ConsolesAsk
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #stream: ClientRequest | null = null
  #isOver = false

  constructor(ask: ConsolesAsk) {
    this.#ask = ask
  }

  /** Resolves with the first event. */
  start(): Promise<void> {
    for (const { path, everyMs } of asked) {
      // People do not open their consoles at the same moment.
      this.#later(Math.random() * everyMs, () => this.#poll(path, everyMs))
    }
    return new Promise((resolve, reject) => {
      this.#stream = this.#get('/events?explain=true', (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`events: status ${answer.statusCode}`))
        answer.on('error', () => {})
        answer.on('data', () => resolve())
      })
    })
  }

  stop(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#stream?.destroy()
  }

  #poll(path: string, everyMs: number): void {
    this.#get(path, (answer) => {
      if (answer.statusCode !== 200) throw new Error(`${path}: status ${answer.statusCode}`)
      answer.resume().on('end', () => this.#later(everyMs, () => this.#poll(path, everyMs)))
    })
  }

  #get(path: string, answered: Parameters<typeof get>[2] & {}): ClientRequest {
    const { port, token, queueId } = this.#ask
    const headers = { authorization: `Bearer ${token}` }
    const options = { host: '127.0.0.1', port, agent, headers, path: `/headlock/v1/queues/${queueId}${path}` }
    return get(options, answered).on('error', (error) => {
      if (!this.#isOver) throw error
    })
  }

  #later(ms: number, run: () => void): void {
    if (this.#isOver) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }
}

process.on('message', async (ask: ConsolesAsk) => {
  for (const one of open) one.stop()
  open = Array.from({ length: ask.count }, () => new Console(ask))
  await Promise.all(open.map((one) => one.start()))
  process.send!({ open: open.length })
})
process.on('disconnect', () => process.exit(0))
