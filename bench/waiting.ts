/**
 * Measures callers that wait for requests: `node bench/waiting.ts sqlite|postgres [CALLERS]`. They wait on an
 * empty queue of a server in a process of its own, a thousand by default. The output is the processor time
 * that the server takes while nothing happens, and how long after an add a caller has the request: when the
 * add is sent to the server with the callers, and on PostgreSQL also when it is sent to another one.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresServer } from '../harness/postgres-server.ts'
import { Proc } from './machine/proc.ts'
import { thisBuild } from './processes/build.ts'
import { ServerProcess } from './processes/server-process.ts'

const idleMs = 10_000
const addCount = 200
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

interface Place {
  readonly port: number
  readonly token: string
}

interface Answer {
  readonly data: { readonly id: string; readonly items?: readonly { readonly id: string }[] }
}

function call({ port, token }: Place, method: string, path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = request({ port, host: '127.0.0.1', agent, method, path, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve(JSON.parse(text) as Answer))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? '' : JSON.stringify(body))
  })
}

/** Callers that wait on a queue of one server, and call again when they are answered. */
class Callers {
  readonly #place: Place
  readonly #queue: string
  #isOver = false
  readonly #awaited = new Map<string, (at: number) => void>()

  constructor(place: Place, queue: string, count: number) {
    this.#place = place
    this.#queue = queue
    for (let number = 0; number < count; number++) void this.#wait(`caller-${number}`)
  }

  /** Adds a request through a server. Returns how long after the send of the add a caller has it. */
  async latencyOf(through: Place, number: number): Promise<number> {
    const url = `https://example.com/${number}`
    const { promise, resolve } = Promise.withResolvers<number>()
    this.#awaited.set(url, resolve)
    const sentAt = performance.now()
    await call(through, 'POST', `${this.#queue}/requests`, { url, uniqueKey: url })
    return (await promise) - sentAt
  }

  end(): void {
    this.#isOver = true
  }

  async #wait(clientKey: string): Promise<void> {
    const path = `${this.#queue}/head/lock?lockSecs=3600&waitSecs=60&limit=1&clientKey=${clientKey}`
    while (!this.#isOver) {
      const answer = await call(this.#place, 'POST', path).catch(() => null)
      for (const item of answer?.data.items ?? []) {
        const { url } = item as unknown as { url: string }
        this.#awaited.get(url)?.(performance.now())
      }
    }
  }
}

function runMsOf(server: ServerProcess): number {
  return [...new Proc().threadsOf(server.pid).values()].reduce((sum, { runMs }) => sum + runMs, 0)
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function latencies(callers: Callers, through: Place, from: number): Promise<string> {
  const found: number[] = []
  for (let number = from; number < from + addCount; number++) {
    found.push(await callers.latencyOf(through, number))
    // Callers that come at random moments, and a server that is idle in between.
    await after(5)
  }
  found.sort((a, b) => a - b)
  const at = (part: number) => found[Math.min(found.length - 1, Math.floor(found.length * part))]!.toFixed(1)
  return `median ${at(0.5)} ms, 99% ${at(0.99)} ms, worst ${at(1)} ms`
}

async function measure(servers: readonly ServerProcess[], count: number, databasePid: number | null) {
  const places = await Promise.all(servers.map((server) => server.ready))
  const created = await call(places[0]!, 'POST', '/v2/request-queues')
  const queue = `/v2/request-queues/${created.data.id}`
  const callers = new Callers(places[0]!, queue, count)
  await after(5000)
  const proc = new Proc()
  const before = [runMsOf(servers[0]!), databasePid === null ? 0 : proc.treeMs(databasePid)] as const
  await after(idleMs)
  const server = ((runMsOf(servers[0]!) - before[0]) / idleMs) * 100
  const database = databasePid === null ? 0 : ((proc.treeMs(databasePid) - before[1]) / idleMs) * 100
  console.log(
    `${count} callers wait: the server takes ${server.toFixed(2)}% of a core, the database ${database.toFixed(2)}%`,
  )
  console.log(`add through the same server: ${await latencies(callers, places[0]!, 0)}`)
  if (places[1] !== undefined) {
    console.log(`add through another server: ${await latencies(callers, places[1], addCount)}`)
  }
  callers.end()
}

const [kind = 'sqlite', count = '1000'] = process.argv.slice(2)
const directory = mkdtempSync(join(tmpdir(), 'headlock-waiting-'))
const database = kind === 'postgres' ? await PostgresServer.start(['fsync=on', 'full_page_writes=on']) : null
const flags = database === null ? ['--data', join(directory, 'data')] : ['--store', database.url]
const servers = Array.from({ length: database === null ? 1 : 2 }, () => new ServerProcess(thisBuild, flags))
try {
  await measure(servers, Number(count), database?.pid ?? null)
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  agent.destroy()
  await database?.discard()
  rmSync(directory, { recursive: true, force: true })
}
