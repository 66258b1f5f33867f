/**
 * HTTP clients work while the disk of their server fails. What the server has acknowledged is stored, what it
 * refused can be repeated, and it answers again when the fault is over. It continues without a restart, with
 * one exception: if the disk lost what was checkpointed, the server ends and says why.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { TestQueue } from '../conversation.ts'
import { KillableServers } from '../crash/killable-servers.ts'
import type { Random } from '../random.ts'
import type { ServerProcess } from '../server-process.ts'
import { within } from '../within.ts'
import type { DiskFault } from './disk-faults.ts'
import { assertSentWith, HttpClient } from './http-client.ts'
import { processState } from './process-state.ts'
import { RequestTracker } from './request-tracker.ts'
import { startWorkers } from './workers.ts'

const token = makeToken()
/** After the end of a fault, some call must be acknowledged within this time. */
const backWithinMs = 5_000

export interface DiskRound {
  /** The faults, used in turn. */
  readonly faults: readonly DiskFault[]
  readonly times: number
  readonly clientCount: number
  /** Bodies of several kilobytes make the log grow so fast that it is checkpointed during a fault. */
  readonly bodyBytes: number
  /** The probability that the server is killed during a fault. */
  readonly killShare: number
  /**
   * Called after every fault, with the number of calls acknowledged since the last one, and whether the fault
   * had an effect. A fault that refuses calls had one if a call was refused.
   */
  onFault(acknowledgedCount: number, wasFelt: boolean): void
  isOver?(): boolean
}

export interface DiskOutcome {
  readonly acknowledgedCount: number
  readonly refusedCount: number
}

export async function playDiskRound(
  directory: string,
  random: Random,
  round: DiskRound,
): Promise<DiskOutcome> {
  const mayEndSaying = round.faults.find((fault) => fault.mayEndSaying)?.mayEndSaying ?? null
  const servers = new KillableServers(directory, { HEADLOCK_TOKEN: token }, mayEndSaying)
  try {
    return await play(directory, servers, random, round)
  } catch (cause) {
    // The state of the server, for the message of a failure. If the server is gone, `failed` has reported
    // why.
    const server = await Promise.race([servers.serverFor(0).catch(() => undefined), passed(100)])
    const said = server?.stdout.split('\n').filter((line) => /"err"|failed/.test(line)) ?? []
    const state = () => (server === undefined ? 'no server is up' : processState(server.processId))
    const found = await within(
      'the check of the database after the failure',
      databaseState(directory, servers),
      state,
    ).catch((error: Error) => [error.message])
    throw new Error([cause instanceof Error ? cause.stack : cause, ...said.slice(-3), ...found].join('\n'))
  } finally {
    // A server that cannot be killed must not prevent the report of the failure.
    await Promise.race([servers.killAll(), passed(1_000)])
  }
}

async function databaseState(directory: string, servers: KillableServers): Promise<string[]> {
  await servers.killAll()
  const { damage, problems } = await driverAt({ kind: 'sqlite', directory }).verify({
    repair: false,
    onProgress: () => {},
  })
  const isSound = damage.length + problems.length === 0
  return [isSound ? 'The file is sound.' : 'The file is damaged:', ...damage, ...problems]
}

async function play(
  directory: string,
  servers: KillableServers,
  random: Random,
  round: DiskRound,
): Promise<DiskOutcome> {
  const file = join(directory, databaseName)
  const start = () => servers.start(0, ['--threads', random.pick(['1', '2']), '--log-level', 'error'])
  await Promise.race([start(), servers.failed])
  const made = await (await servers.serverFor(0)).call('/v2/request-queues', { method: 'POST', token })
  const queueId = ((await made.json()) as { data: { id: string } }).data.id
  const { bodyBytes } = round
  const tracker = new RequestTracker()
  const workers = startWorkers(
    round.clientCount,
    (clientKey) =>
      new HttpClient({
        clientKey,
        queueId,
        token,
        bodyBytes,
        explains503: true,
        server: () => servers.serverFor(0),
      }),
    tracker,
  )
  let server = await servers.serverFor(0)
  const orFailure = <Result>(doing: string, step: Promise<Result>) =>
    within(
      doing,
      Promise.race([step, workers.failed, servers.failed]),
      () =>
        `${tracker.acknowledgedCount} calls were acknowledged in all, ${tracker.refusedCount} refused; ` +
        processState(server.processId),
    )

  let toldCount = 0
  for (let time = 0; time < round.times && !round.isOver?.(); time++) {
    await orFailure('work before a fault', tracker.acknowledged(random.between(20, 200)))
    const fault = round.faults[time % round.faults.length]!
    server = await orFailure('the start of a server', servers.serverFor(0))
    const { refusedCount } = tracker
    const over = await orFailure(
      `the start of a ${fault.name}`,
      beginUnlessEnded(fault, server, file, random),
    )
    // The consequences of an earlier fault may end the server at any time.
    if (over === null) continue
    let wasFelt = !fault.refusesCalls
    try {
      // During some faults no call fails, and during others no call is acknowledged.
      await orFailure(
        `a ${fault.name}`,
        Promise.race([tracker.acknowledged(200), passed(random.between(50, 1_500))]),
      )
      // Counted before a kill, because a kill interrupts calls too.
      wasFelt ||= tracker.refusedCount > refusedCount
      if (random.next() < round.killShare) {
        await orFailure('a kill', servers.kill(0))
        tracker.disruptionCount++
        await orFailure('a start after a kill', start())
      }
    } finally {
      await orFailure(`the end of a ${fault.name}`, over())
    }
    const overAt = performance.now()
    await orFailure(`the first call after a ${fault.name}`, tracker.acknowledged(1))
    const backMs = Math.round(performance.now() - overAt)
    assert.ok(backMs <= backWithinMs, `after a ${fault.name} a call was acknowledged only after ${backMs} ms`)
    round.onFault(tracker.acknowledgedCount - toldCount, wasFelt)
    toldCount = tracker.acknowledgedCount
  }

  await orFailure('the end of the work', workers.stop())
  server = await orFailure('the last start of a server', servers.serverFor(0))
  await orFailure('the end of a server', servers.stop(0))
  const store = await openSqliteStore({ directory })
  try {
    const { id: userId } = (await store.findUser({ username: 'headlock' }))!
    await tracker.compare(new TestQueue(store, userId, { queueId }), assertSentWith(bodyBytes))
    await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
  return { acknowledgedCount: tracker.acknowledgedCount, refusedCount: tracker.refusedCount }
}

/** Null: the server had already ended by itself. */
async function beginUnlessEnded(
  fault: DiskFault,
  server: ServerProcess,
  file: string,
  random: Random,
): Promise<(() => Promise<void>) | null> {
  try {
    return await fault.begin(server.processId, file, random)
  } catch (error) {
    if (fault.mayEndSaying && (await Promise.race([server.ended, passed(1_000)]))) return null
    throw error
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
