/**
 * Calls arrive four times as fast as a server can perform them. Checks what it answers, what it refuses, and
 * how it recovers.
 *
 * The calls come over 4000 connections with at most one call under way each. At the beginning each connection
 * sends one. A call that arrives while all connections wait for an answer is held back and never sent, as in
 * a client that waits for its own calls. So the server gets less than four times its work after the
 * beginning. The outcome says how much it was.
 */
import { queueNamed } from '../fuzz/campaign.ts'
import { ServerUnderTest } from '../fuzz/server-under-test.ts'
import { Crowd, type Heard } from './arrivals.ts'

export interface Round {
  readonly loadMs: number
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
  /** Called with each fault that was found. */
  violated(what: string): void
  /**
   * Called when the round was not an overload, as on a busy machine. It then says nothing about the server.
   */
  undecided(what: string): void
}

export interface RoundOutcome {
  /** The largest rate of calls that the server can perform, and the time of a call at that rate. */
  readonly ableCallsPerSecond: number
  /**
   * The calls that arrived, as a multiple of what the server can perform in that time. It includes the calls
   * at the beginning, so it is above four in a short round, and those that were held back.
   */
  readonly offeredFactor: number
  /** The same for calls that were sent, which is the load that reached the server. */
  readonly sentFactor: number
  /**
   * The same without the calls at the beginning. It is near zero when the time was over before most
   * connections were idle again.
   */
  readonly sentLaterFactor: number
  readonly heldBackCount: number
  readonly acceptedCallsPerSecond: number
  /**
   * One call with a wrong token on each connection at once. Shows what the machine needs for so many answers.
   */
  readonly turnedAway: Spread
  readonly accepted: Spread
  readonly refused: Spread
  /**
   * From the last arrival, when all accepted calls are still to be done, until a single call takes no longer
   * than before.
   */
  readonly recoveredMs: number
  readonly residentBytes: number
}

export interface Spread {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

/** The load, as a multiple of what the server can perform. */
const overloadFactor = 4
/** Below this the round is not an overload. A busy machine may not produce the full load. */
const offeredFactorMin = 3
/**
 * Refusals must not wait for accepted calls. They may be slower than calls with a wrong token, made the same
 * way right before and right after, by at most this factor. Thousands of calls at once take that long on the
 * machine, client included. A refused call has its body read, and some calls are accepted in between.
 */
const refusedP50MsMax = 500
const refusedP99MsMax = 2000
const refusedFactorMax = 3
/** The number of clients that measure what the server can perform. */
const clientCount = 64
/**
 * How many calls the server accepts at a time (src/http/overload/admission.ts). It bounds how long an
 * accepted call may take.
 */
const callsUnderWayMax = 2000
/** The tolerance for time limits. The machine is busy with the load itself and with other processes. */
const slack = 4
/** Bounds the recovery after the accepted calls are done. */
const recoveredMsMax = 2_000
/**
 * The least share of its capacity that the server must perform during the load. The load shares the machine,
 * but the server must not only refuse.
 */
const acceptedShareMin = 0.15
const batchSize = 25
/** The connections of the load: more than the calls that one thread accepts. */
const connectionCount = 4000
const askForHealth = Buffer.from('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
const timeoutMs = 30_000

export async function runOverload({ loadMs, flags = [], violated, undecided }: Round): Promise<RoundOutcome> {
  const server = await ServerUnderTest.start({ flags })
  const crowd = new Crowd(server.port, timeoutMs)
  try {
    const queueId = await queueNamed(server, 'loaded')
    let batches = 0
    const next = () => batchCall(server.token, queueId, batches++)
    // Warms the server up: compiling and filling caches are not part of the overload.
    await crowd.inTurn(clientCount, 500, next)
    const measuredMs = Math.min(2000, loadMs)
    const able = await crowd.inTurn(clientCount, measuredMs, next)
    const ableCallsPerSecond = (1000 * able.heard.length) / measuredMs
    const loneMs = await medianOfLone(crowd, next)

    await crowd.open(connectionCount, askForHealth)
    const turnAway = async () => {
      const unloaded = await crowd.atRate(0, 0, () => batchCall('nobody', queueId, batches++))
      await unloaded.answered
      return unloaded.heard
    }
    const before = spreadOf(await turnAway())
    const health = watchHealth(server)
    const load = await crowd.atRate(overloadFactor * ableCallsPerSecond, loadMs, next)
    const recovering = recoveryOf(crowd, next, load.lastArrivedAt, 20 + 3 * loneMs)
    await load.answered
    const tookMs = load.lastedMs + performance.now() - load.lastArrivedAt
    const recoveredMs = await recovering
    const healthWorstMs = await health.stop()
    const after = spreadOf(await turnAway())
    const turnedAway = before.p50Ms > after.p50Ms ? before : after

    const accepted = load.heard.filter(({ answer }) => answer.status === 201)
    const refused = load.heard.filter(({ answer }) => answer.status !== 201)
    const residentBytes = await server.residentBytes()
    const factorOf = (calls: number) => calls / (ableCallsPerSecond * (load.lastedMs / 1000))
    const outcome = {
      ableCallsPerSecond,
      offeredFactor: factorOf(load.sentCount + load.heldBackCount),
      sentFactor: factorOf(load.sentCount),
      sentLaterFactor: factorOf(load.sentCount - load.atOnceCount),
      heldBackCount: load.heldBackCount,
      acceptedCallsPerSecond: (1000 * accepted.length) / tookMs,
      turnedAway,
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
    const { p50Ms, p99Ms } = outcome.refused
    const isLate =
      p50Ms > refusedP50MsMax + refusedFactorMax * turnedAway.p50Ms ||
      p99Ms > refusedP99MsMax + refusedFactorMax * turnedAway.p99Ms
    if (isLate) {
      violated(
        `refusals took ${p50Ms} ms (p50) and ${p99Ms} ms (p99), which is too late: wrong tokens took ${turnedAway.p50Ms} and ${turnedAway.p99Ms} ms`,
      )
    }
    if (outcome.offeredFactor < offeredFactorMin) {
      undecided(
        `only ${outcome.offeredFactor} times what the server can do was offered: this was no overload`,
      )
    }
    if (refused.length === 0) undecided('nothing was refused: this was no overload')
    if (outcome.acceptedCallsPerSecond < acceptedShareMin * ableCallsPerSecond) {
      violated(
        `the server can perform ${ableCallsPerSecond} calls a second, but performed ${outcome.acceptedCallsPerSecond} under load`,
      )
    }
    if (recoveredMs > acceptedMsMax + recoveredMsMax) {
      violated(
        `${recoveredMs} ms after the last call, a single call still took longer than before or was refused`,
      )
    }
    if (healthWorstMs > acceptedMsMax) violated(`/health took ${healthWorstMs} ms`)
    await countsAreExact(server, crowd, queueId, violated)
    // Operators want the line that says how many calls were refused.
    for (const line of server.complaints)
      if (!line.includes('too many calls')) violated(`the log has a warning: ${line}`)
    const exit = server.exit === null ? await server.stop() : server.exit
    if (exit !== '0') violated(`the server ended with ${exit}: ${server.errors.slice(-2000)}`)
    return outcome
  } finally {
    crowd.close()
    await server.kill()
  }
}

/** Every batch has its own requests, so the count of requests shows how many batches were performed. */
function batchCall(token: string, queueId: string, number: number): Buffer {
  const body = JSON.stringify(
    Array.from({ length: batchSize }, (_, index) => ({
      url: `https://example.com/${number}/${index}`,
      uniqueKey: `batch ${number} request ${index}`,
    })),
  )
  return Buffer.from(
    `POST /v2/request-queues/${queueId}/requests/batch?clientKey=load HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

async function medianOfLone(crowd: Crowd, next: () => Buffer): Promise<number> {
  const taken: number[] = []
  for (let count = 0; count < 20; count++) taken.push((await crowd.call('POST', next())).tookMs)
  return taken.sort((a, b) => a - b)[taken.length >> 1]!
}

/** Makes one call after the other until one is as fast as before. Returns the time since the last arrival. */
async function recoveryOf(
  crowd: Crowd,
  next: () => Buffer,
  lastArrivedAt: number,
  usualMs: number,
): Promise<number> {
  for (;;) {
    const { answer, tookMs } = await crowd.call('POST', next())
    const sinceMs = performance.now() - lastArrivedAt
    if ((answer.status === 201 && tookMs <= usualMs) || sinceMs > 2 * timeoutMs) return sinceMs
  }
}

/** Calls /health all the time on its own connection. `stop` returns the longest time of an answer. */
function watchHealth(server: ServerUnderTest): { stop(): Promise<number> } {
  const crowd = new Crowd(server.port, timeoutMs)
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
    : `503 with a body that is not an error: ${text}`
}

/** Requests that were accepted are stored, and those that were refused are not (rules 7.1, 11.6). */
async function countsAreExact(
  server: ServerUnderTest,
  crowd: Crowd,
  queueId: string,
  violated: (what: string) => void,
): Promise<void> {
  const { answer } = await crowd.call(
    'GET',
    Buffer.from(
      `GET /v2/request-queues/${queueId} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    ),
  )
  const { totalRequestCount } = JSON.parse(answer.body.toString()).data
  const promised = batchSize * crowd.acceptedCount
  if (totalRequestCount !== promised)
    violated(`${promised} requests were acknowledged, but ${totalRequestCount} are stored`)
}

function spreadOf(heard: readonly Heard[]): Spread {
  const taken = heard.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const at = (share: number) => Math.round(10 * (taken[Math.floor(share * (taken.length - 1))] ?? 0)) / 10
  return { count: taken.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) }
}
