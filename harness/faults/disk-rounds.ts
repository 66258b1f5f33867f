/**
 * Clients work over HTTP while the disk of their server does what disks do. Whatever happens, what the server has
 * acknowledged is there, what it has refused can be repeated, and once the fault is over it answers again. It goes on
 * without a restart, but for a disk that did not keep what was copied into the file: then it ends, and says why.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { TestQueue } from '../conversation.ts'
import { MortalServers } from '../crash/mortal-servers.ts'
import type { Random } from '../random.ts'
import type { ServerProcess } from '../server-process.ts'
import { within } from '../within.ts'
import type { DiskFault } from './disk-faults.ts'
import { assertSentWith, HttpClient } from './http-client.ts'
import { processState } from './process-state.ts'
import { Witness } from './witness.ts'
import { startWorkers } from './workers.ts'

const token = makeToken()
/** When the fault is over, some call is acknowledged within this. */
const backWithinMs = 5_000

export interface DiskRound {
  /** They come in turn. */
  readonly faults: readonly DiskFault[]
  readonly times: number
  readonly clientCount: number
  /** Bodies of some kilobytes make the log long enough to be moved in the middle of a fault. */
  readonly bodyBytes: number
  /** Of 1: how often the server is killed while the fault is there. */
  readonly killShare: number
  /**
   * Is told of every fault, with the calls that were acknowledged since the one before, and whether it was felt: one
   * that refuses calls is when one was refused.
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
  const servers = new MortalServers(directory, { HEADLOCK_TOKEN: token }, mayEndSaying)
  try {
    return await play(directory, servers, random, round)
  } catch (cause) {
    // What it says of an answer that nobody expected. Where it is gone, `failed` has told why.
    const server = await Promise.race([servers.serverFor(0).catch(() => undefined), passed(100)])
    const said = server?.stdout.split('\n').filter((line) => /"err"|failed/.test(line)) ?? []
    const state = () => (server === undefined ? 'no server is up' : processState(server.processId))
    const found = await within('the look at what was left', whatIsLeft(directory, servers), state).catch(
      (error: Error) => [error.message],
    )
    throw new Error([cause instanceof Error ? cause.stack : cause, ...said.slice(-3), ...found].join('\n'))
  } finally {
    // One that cannot be killed must not keep that from being told.
    await Promise.race([servers.killAll(), passed(1_000)])
  }
}

async function whatIsLeft(directory: string, servers: MortalServers): Promise<string[]> {
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
  servers: MortalServers,
  random: Random,
  round: DiskRound,
): Promise<DiskOutcome> {
  const file = join(directory, databaseName)
  const start = () => servers.start(0, ['--threads', random.pick(['1', '2']), '--log-level', 'error'])
  await Promise.race([start(), servers.failed])
  const made = await (await servers.serverFor(0)).call('/v2/request-queues', { method: 'POST', token })
  const queueId = ((await made.json()) as { data: { id: string } }).data.id
  const { bodyBytes } = round
  const witness = new Witness()
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
    witness,
  )
  let server = await servers.serverFor(0)
  const orFailure = <Result>(doing: string, step: Promise<Result>) =>
    within(
      doing,
      Promise.race([step, workers.failed, servers.failed]),
      () =>
        `${witness.acknowledgedCount} calls were acknowledged in all, ${witness.refusedCount} refused; ` +
        processState(server.processId),
    )

  let toldCount = 0
  for (let time = 0; time < round.times && !round.isOver?.(); time++) {
    await orFailure('work before a fault', witness.acknowledged(random.between(20, 200)))
    const fault = round.faults[time % round.faults.length]!
    server = await orFailure('the start of a server', servers.serverFor(0))
    const { refusedCount } = witness
    const over = await orFailure(
      `the begin of a ${fault.name}`,
      beginUnlessEnded(fault, server, file, random),
    )
    // What an earlier fault has left undone may end it at any time.
    if (over === null) continue
    let wasFelt = !fault.refusesCalls
    try {
      // Some faults leave no call undone, and others leave none to be acknowledged.
      await orFailure(
        `a ${fault.name}`,
        Promise.race([witness.acknowledged(200), passed(random.between(50, 1_500))]),
      )
      // Before a kill, which breaks off calls too.
      wasFelt ||= witness.refusedCount > refusedCount
      if (random.next() < round.killShare) {
        await orFailure('a kill', servers.kill(0))
        witness.shakeCount++
        await orFailure('a start after a kill', start())
      }
    } finally {
      await orFailure(`the end of a ${fault.name}`, over())
    }
    const overAt = performance.now()
    await orFailure(`the first call after a ${fault.name}`, witness.acknowledged(1))
    const backMs = Math.round(performance.now() - overAt)
    assert.ok(backMs <= backWithinMs, `after a ${fault.name} a call was acknowledged only after ${backMs} ms`)
    round.onFault(witness.acknowledgedCount - toldCount, wasFelt)
    toldCount = witness.acknowledgedCount
  }

  await orFailure('the end of the work', workers.stop())
  server = await orFailure('the last start of a server', servers.serverFor(0))
  await orFailure('the end of a server', servers.stop(0))
  const store = await openSqliteStore({ directory })
  try {
    const { id: userId } = (await store.findUser({ username: 'headlock' }))!
    await witness.compare(new TestQueue(store, userId, { queueId }), assertSentWith(bodyBytes))
    await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
  return { acknowledgedCount: witness.acknowledgedCount, refusedCount: witness.refusedCount }
}

/** Null: the server ended by itself before. */
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
