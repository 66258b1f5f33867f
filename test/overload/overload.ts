/** Four times as many calls as a server can do: what it answers, what it refuses, and how it is afterwards. */
import { queueNamed } from '../fuzz/campaign.ts'
import { Victim } from '../fuzz/victim.ts'
import { Crowd, type Heard } from './arrivals.ts'

export interface Round {
  readonly loadMs: number
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
  /** Is told of what was found. */
  violated(what: string): void
}

export interface RoundOutcome {
  /** Calls a second when as many are under way as it likes best, and what one of them takes then. */
  readonly ableCallsPerSecond: number
  readonly offeredCallsPerSecond: number
  readonly acceptedCallsPerSecond: number
  readonly accepted: Spread
  readonly refused: Spread
  /** From the last arrival to the first moment at which a lone call takes no longer than before. */
  readonly recoveredMs: number
  readonly residentBytes: number
}

export interface Spread {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

/** How often the load is that which the server can do. */
const overloadFactor = 4
/** Clients at the measuring of what it can do. */
const clientCount = 64
/** What the server takes upon itself at a time (src/http/admission.ts): so long it needs to do it, at its own pace. */
const callsUnderWayMax = 2000
/** The machine is busy with the load itself, and other processes take their turns. */
const slack = 4
const recoveredMsMax = 3_000
/** Of what it can do without overload, which shares the machine with the load: refusing must not become all it does. */
const acceptedShareMin = 0.15
const batchSize = 25
/** Connections over which the load comes: more than the calls that one thread takes upon itself. */
const lineCount = 4000
const askForHealth = Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
const patienceMs = 30_000

export async function runOverload({ loadMs, flags = [], violated }: Round): Promise<RoundOutcome> {
  const victim = await Victim.start({ flags })
  const crowd = new Crowd(victim.port, patienceMs)
  try {
    const queueId = await queueNamed(victim, 'loaded')
    let batches = 0
    const next = () => batchCall(victim.token, queueId, batches++)
    // What a server compiles and caches at the beginning is no overload.
    await crowd.inTurn(clientCount, 500, next)
    const measuredMs = Math.min(2000, loadMs)
    const able = await crowd.inTurn(clientCount, measuredMs, next)
    const ableCallsPerSecond = (1000 * able.heard.length) / measuredMs
    const loneMs = await medianOfLone(crowd, next)

    await crowd.open(lineCount, askForHealth)
    const health = watchHealth(victim)
    const offeredCallsPerSecond = overloadFactor * ableCallsPerSecond
    const beganAt = performance.now()
    const load = await crowd.atRate(offeredCallsPerSecond, loadMs, next)
    const endedAt = performance.now()
    const tookMs = endedAt - beganAt
    while ((await crowd.call('POST', next())).tookMs > 20 + 3 * loneMs) {
      if (performance.now() - endedAt > patienceMs) break
    }
    const recoveredMs = performance.now() - endedAt
    const healthWorstMs = await health.stop()

    const accepted = load.heard.filter(({ answer }) => answer.status === 201)
    const refused = load.heard.filter(({ answer }) => answer.status !== 201)
    const residentBytes = await victim.residentBytes()
    const outcome = {
      ableCallsPerSecond,
      offeredCallsPerSecond,
      acceptedCallsPerSecond: (1000 * accepted.length) / tookMs,
      accepted: spreadOf(accepted),
      refused: spreadOf(refused),
      recoveredMs,
      residentBytes,
    }
    if (load.faults.length > 0) violated(`${load.faults.length} calls got no answer: ${load.faults[0]}`)
    for (const heard of refused) {
      const problem = problemOf(heard)
      if (problem === null) continue
      violated(problem)
      break
    }
    const acceptedMsMax = 1000 + (slack * 1000 * callsUnderWayMax) / ableCallsPerSecond
    const { worstMs } = outcome.accepted
    if (worstMs > acceptedMsMax)
      violated(`a call that was accepted took ${worstMs} ms, not ${acceptedMsMax} at most`)
    // What is refused does not wait for what was taken on.
    const { p99Ms } = outcome.refused
    if (p99Ms > acceptedMsMax / 2) violated(`refusals took ${p99Ms} ms, so they were not early`)
    if (refused.length === 0) violated('nothing was refused: this was no overload')
    if (outcome.acceptedCallsPerSecond < acceptedShareMin * ableCallsPerSecond) {
      violated(`of ${ableCallsPerSecond} calls a second it did ${outcome.acceptedCallsPerSecond} under load`)
    }
    if (recoveredMs > recoveredMsMax) violated(`it took ${recoveredMs} ms to recover`)
    if (healthWorstMs > acceptedMsMax) violated(`/health took ${healthWorstMs} ms`)
    await countsAreExact(victim, crowd, queueId, violated)
    // A line that says how many were refused is what an operator wants to see.
    for (const line of victim.complaints)
      if (!line.includes('too many calls')) violated(`the log complains: ${line}`)
    const exit = victim.exit === null ? await victim.stop() : victim.exit
    if (exit !== '0') violated(`the server ended with ${exit}: ${victim.errors.slice(-2000)}`)
    return outcome
  } finally {
    crowd.close()
    await victim.kill()
  }
}

/** Every batch has requests of its own, so what is there tells how many were done. */
function batchCall(token: string, queueId: string, number: number): Buffer {
  const body = JSON.stringify(
    Array.from({ length: batchSize }, (_, index) => ({
      url: `https://example.com/${number}/${index}`,
      uniqueKey: `batch ${number} request ${index}`,
    })),
  )
  return Buffer.from(
    `POST /v2/request-queues/${queueId}/requests/batch?clientKey=load HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

async function medianOfLone(crowd: Crowd, next: () => Buffer): Promise<number> {
  const taken: number[] = []
  for (let count = 0; count < 20; count++) taken.push((await crowd.call('POST', next())).tookMs)
  return taken.sort((a, b) => a - b)[taken.length >> 1]!
}

/** Asks for it all the time, on a connection of its own; `stop` gives the longest that an answer took. */
function watchHealth(victim: Victim): { stop(): Promise<number> } {
  const crowd = new Crowd(victim.port, patienceMs)
  let isOver = false
  let worstMs = 0
  const watching = (async () => {
    while (!isOver) worstMs = Math.max(worstMs, (await crowd.call('GET', askForHealth)).tookMs)
  })()
  return {
    async stop() {
      isOver = true
      await watching
      crowd.close()
      return worstMs
    },
  }
}

function problemOf({ answer }: Heard): string | null {
  const { status, headers, body } = answer
  const text = body.toString().slice(0, 300)
  if (status !== 503) return `a call that was not accepted got ${status}: ${text}`
  if (!/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')) return `503 without Retry-After: ${text}`
  return /^\{"error":\{"type":"internal-server-error","message":"[^"]+"\}\}$/.test(text)
    ? null
    : `503 with another body than that of a failure: ${text}`
}

/** What was accepted is there, and what was refused is not (rules 7.1, 11.6). */
async function countsAreExact(
  victim: Victim,
  crowd: Crowd,
  queueId: string,
  violated: (what: string) => void,
): Promise<void> {
  const { answer } = await crowd.call(
    'GET',
    Buffer.from(
      `GET /v2/request-queues/${queueId} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${victim.token}\r\n\r\n`,
    ),
  )
  const { totalRequestCount } = JSON.parse(answer.body.toString()).data
  const promised = batchSize * crowd.acceptedCount
  if (totalRequestCount !== promised)
    violated(`${promised} requests were acknowledged, ${totalRequestCount} are there`)
}

function spreadOf(heard: readonly Heard[]): Spread {
  const taken = heard.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const at = (share: number) => Math.round(10 * (taken[Math.floor(share * (taken.length - 1))] ?? 0)) / 10
  return { count: taken.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) }
}
