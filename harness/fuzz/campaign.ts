/**
 * Starts a server, abuses it over many connections next to a bystander, and then checks the memory that the
 * server holds.
 */
import { ApiPromises } from '../http/api-promises.ts'
import { Bystander } from './bystander.ts'
import { CallMaker } from './calls.ts'
import { Fuzzer } from './fuzzer.ts'
import { Judge } from './judge.ts'
import { inspectorFlag, LiveHeap } from './live-heap.ts'
import { RawConnection } from './raw-connection.ts'
import { ServerUnderTest } from './server-under-test.ts'

export interface Campaign {
  readonly seed: number
  readonly callCount: number
  /** The number of concurrent connections. */
  readonly connectionCount: number
  /** Flags of `headlock serve`. */
  readonly flags?: readonly string[]
  /** Called with each fault that was found. */
  violated(what: string): void
  /** Called with what was done since the last call. */
  progress?(calls: number, acknowledged: number): void
  /** Ends the campaign early when it returns true. */
  isOver?(): boolean
}

export interface Outcome {
  readonly calls: number
  readonly acknowledged: number
  readonly statuses: ReadonlyMap<number, number>
  readonly bystanderCalls: number
  readonly bystanderWorstMs: number
  readonly heapBytes: readonly [warm: number, end: number]
  readonly residentBytes: readonly [warm: number, end: number]
}

/**
 * Bounds how much the heap may grow between a third of the calls and the end. Statements, caches and buffers
 * reach their size late. A leak of a hundred bytes a call is far above this in a campaign of 100,000 calls.
 */
const heapGrowthBytesMax = 6 * 1024 * 1024
/**
 * Bounds the growth of the whole process. The system gets memory back late, and the page caches of the
 * database fill up.
 */
const residentGrowthBytesMax = 160 * 1024 * 1024
/** The official clients give up on a call after this time. */
const bystanderTimeoutMs = 5000

export async function runCampaign(campaign: Campaign): Promise<Outcome> {
  const { seed, callCount, connectionCount, flags = [], violated, progress, isOver = () => false } = campaign
  const server = await ServerUnderTest.start({ nodeFlags: [inspectorFlag], flags })
  try {
    const heap = await LiveHeap.of(server.errors)
    const markedQueueId = await queueNamed(server, 'marked')
    const promises = await ApiPromises.of({ url: `http://127.0.0.1:${server.port}`, token: server.token })
    const maker = new CallMaker(promises.api, { token: server.token, markedQueueId })
    const judge = new Judge(promises)
    let found = 0
    const tell = (what: string) => {
      found++
      violated(what)
    }
    const fuzzers = Array.from(
      { length: connectionCount },
      (_, index) => new Fuzzer(server, maker, judge, (seed + index * 7919) >>> 0, tell),
    )
    const callsNow = () => sum(fuzzers.map((fuzzer) => fuzzer.callCount))
    const acknowledgedNow = () => sum(fuzzers.map((fuzzer) => fuzzer.acknowledgedCount))
    let reported = { calls: 0, acknowledged: 0 }
    /** Stops after ten faults or the end of the server. Further faults would add nothing. */
    const isEnough = () => isOver() || found >= 10 || server.exit !== null
    const phase = async (untilCalls: number): Promise<void> => {
      let isDone = false
      const bystander = byside.work(() => isDone).catch((error: Error) => tell(error.message))
      await Promise.all(
        fuzzers.map((fuzzer) =>
          fuzzer.run(() => {
            const calls = callsNow()
            if (calls - reported.calls >= 1000) {
              const acknowledged = acknowledgedNow()
              progress?.(calls - reported.calls, acknowledged - reported.acknowledged)
              reported = { calls, acknowledged }
            }
            return calls >= untilCalls || isEnough()
          }),
        ),
      )
      isDone = true
      await bystander
    }
    const byside = new Bystander(server.port, server.token, bystanderTimeoutMs)
    await phase(callCount / 3)
    const warm = server.exit === null ? [await heap.bytes(), await server.residentBytes()] : [0, 0]
    await phase(callCount)
    const end = server.exit === null ? [await heap.bytes(), await server.residentBytes()] : [0, 0]
    heap.close()
    progress?.(callsNow() - reported.calls, acknowledgedNow() - reported.acknowledged)

    if (server.exit !== null) tell(`the server ended (${server.exit}): ${server.errors.slice(-2000)}`)
    const [heapGrowth, residentGrowth] = [end[0]! - warm[0]!, end[1]! - warm[1]!]
    if (heapGrowth > heapGrowthBytesMax)
      tell(`${megabytes(heapGrowth)} more memory is in use at the end than after a third of the calls`)
    if (residentGrowth > residentGrowthBytesMax) tell(`the process grew by ${megabytes(residentGrowth)}`)
    for (const line of server.complaints.slice(0, 5)) tell(`the log has a warning: ${line}`)
    const exit = server.exit === null ? await server.stop() : '0'
    if (exit !== '0') tell(`the server stopped with ${exit}: ${server.errors.slice(-2000)}`)
    const statuses = new Map<number, number>()
    for (const fuzzer of fuzzers) {
      for (const [status, count] of fuzzer.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
    }
    return {
      calls: callsNow(),
      acknowledged: acknowledgedNow(),
      statuses,
      bystanderCalls: byside.callCount,
      bystanderWorstMs: byside.worstMs,
      heapBytes: [warm[0]!, end[0]!],
      residentBytes: [warm[1]!, end[1]!],
    }
  } finally {
    await server.kill()
  }
}

export async function queueNamed(server: { port: number; token: string }, name: string): Promise<string> {
  const connection = new RawConnection(server.port)
  connection.send(
    Buffer.from(
      `POST /v2/request-queues?name=${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: 0\r\n\r\n`,
    ),
  )
  const answer = await connection.answer('POST', 10_000)
  connection.close()
  return JSON.parse(answer!.body.toString()).data.id
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
