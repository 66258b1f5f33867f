/**
 * Calls arrive four times as fast as a server can do them: what it answers, what it refuses, and how it is afterwards.
 *
 * They come over 4000 connections with one call under way on each at the most, all of them at once at the beginning. What
 * arrives when all of them wait for an answer is held back and never sent, as clients do that wait for themselves. So after
 * the beginning the server gets less than four times its work, and the outcome says how much it was.
 */
import { queueNamed } from '../fuzz/campaign.ts'
import { Victim } from '../fuzz/victim.ts'
import { Crowd, type Heard } from './arrivals.ts'

export interface Round {
  readonly loadMs: number
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
  /** Is told of what was found. */
  violated(what: string): void
  /** Is told when it was no overload, as on a machine that is busy with something else: then it says nothing. */
  undecided(what: string): void
}

export interface RoundOutcome {
  /** Calls a second when as many are under way as it likes best, and what one of them takes then. */
  readonly ableCallsPerSecond: number
  /**
   * How often the calls that arrived were what it can do in that time: those at the beginning with them, so that this is above
   * four in a short round, and those that were held back.
   */
  readonly offeredFactor: number
  /** The same of those that were sent: what the server got. */
  readonly sentFactor: number
  /** The same without those at the beginning: near zero where the time was over before most connections were idle again. */
  readonly sentLaterFactor: number
  readonly heldBackCount: number
  readonly acceptedCallsPerSecond: number
  /** One call on each connection at once, all of them with a wrong token: what the machine takes for so many answers. */
  readonly turnedAway: Spread
  readonly accepted: Spread
  readonly refused: Spread
  /** From the last arrival, with all that was taken on yet to do, to the end of a lone call that took no longer than before. */
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
/** A load that does not get to it on a busy machine is no overload. */
const offeredFactorMin = 3
/**
 * What is refused does not wait for what was taken on, however much that is. It is later by what thousands of calls at once
 * take on this machine at that time, client and all, by at the most so many times as much: these are read, and some are
 * taken on between them. It is measured right before and right after, with the same calls with a wrong token.
 */
const refusedP50MsMax = 500
const refusedP99MsMax = 2000
const refusedFactorMax = 3
/** Clients at the measuring of what it can do. */
const clientCount = 64
/** What the server takes upon itself at a time (src/http/overload/admission.ts): so long it needs to do it, at its own pace. */
const callsUnderWayMax = 2000
/** The machine is busy with the load itself, and other processes take their turns. */
const slack = 4
/** After what was taken on is done. */
const recoveredMsMax = 2_000
/** Of what it can do without overload, which shares the machine with the load: refusing must not become all it does. */
const acceptedShareMin = 0.15
const batchSize = 25
/** Connections over which the load comes: more than the calls that one thread takes upon itself. */
const lineCount = 4000
const askForHealth = Buffer.from('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
const patienceMs = 30_000

export async function runOverload({ loadMs, flags = [], violated, undecided }: Round): Promise<RoundOutcome> {
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
    const turnAway = async () => {
      const unloaded = await crowd.atRate(0, 0, () => batchCall('nobody', queueId, batches++))
      await unloaded.answered
      return unloaded.heard
    }
    const before = spreadOf(await turnAway())
    const health = watchHealth(victim)
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
    const residentBytes = await victim.residentBytes()
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
        `refusals took ${p50Ms} ms (p50) and ${p99Ms} ms (p99), so they were not early: without load ${turnedAway.p50Ms} and ${turnedAway.p99Ms} ms`,
      )
    }
    if (outcome.offeredFactor < offeredFactorMin) {
      undecided(
        `only ${outcome.offeredFactor} times what the server can do was offered: this was no overload`,
      )
    }
    if (refused.length === 0) undecided('nothing was refused: this was no overload')
    if (outcome.acceptedCallsPerSecond < acceptedShareMin * ableCallsPerSecond) {
      violated(`of ${ableCallsPerSecond} calls a second it did ${outcome.acceptedCallsPerSecond} under load`)
    }
    if (recoveredMs > acceptedMsMax + recoveredMsMax) {
      violated(
        `${recoveredMs} ms after the last call a lone one still took longer than before, or was refused`,
      )
    }
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
    `POST /v2/request-queues/${queueId}/requests/batch?clientKey=load HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

async function medianOfLone(crowd: Crowd, next: () => Buffer): Promise<number> {
  const taken: number[] = []
  for (let count = 0; count < 20; count++) taken.push((await crowd.call('POST', next())).tookMs)
  return taken.sort((a, b) => a - b)[taken.length >> 1]!
}

/** Makes one call after the other until one is done as fast as that; gives how long after the last arrival it was. */
async function recoveryOf(
  crowd: Crowd,
  next: () => Buffer,
  lastArrivedAt: number,
  usualMs: number,
): Promise<number> {
  for (;;) {
    const { answer, tookMs } = await crowd.call('POST', next())
    const sinceMs = performance.now() - lastArrivedAt
    if ((answer.status === 201 && tookMs <= usualMs) || sinceMs > 2 * patienceMs) return sinceMs
  }
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
      `GET /v2/request-queues/${queueId} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${victim.token}\r\n\r\n`,
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
