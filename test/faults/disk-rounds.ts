/**
 * Clients work over HTTP while the disk of their server does what disks do. Whatever happens, what the server has
 * acknowledged is there, what it has refused can be repeated, and once the fault is over it answers again. It goes on
 * without a restart, but for a disk that did not keep what was copied into the file: then it ends, and says why.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { verifyDirectory } from '../../src/app/verify.ts'
import { databaseName, openSqliteStore } from '../../src/store/sqlite/store.ts'
import { MortalServers } from '../crash/mortal-servers.ts'
import { TestQueue } from '../support/conversation.ts'
import type { Random } from '../support/random.ts'
import type { DiskFault } from './disk-faults.ts'
import { HttpClient } from './http-client.ts'
import { startWorkers, Witness } from './workers.ts'

const token = 'a-token-of-all-servers'
/** When the fault is over, some call is acknowledged within this. */
const backWithinMs = 5_000

export interface DiskRound {
  readonly faults: readonly DiskFault[]
  readonly times: number
  readonly clientCount: number
  /** Bodies of some kilobytes make the log long enough to be moved in the middle of a fault. */
  readonly bodyBytes: number
  /** Of 1: how often the server is killed while the fault is there. */
  readonly killShare: number
  onFault(acknowledgedCount: number): void
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
    await servers.killAll()
    const { damage, problems } = await verifyDirectory(directory, false, () => {})
    const found = damage.length + problems.length === 0 ? 'The file is sound.' : 'The file is damaged:'
    throw new Error(
      [cause instanceof Error ? cause.stack : cause, ...said.slice(-3), found, ...damage, ...problems].join(
        '\n',
      ),
    )
  } finally {
    await servers.killAll()
  }
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
      new HttpClient({ clientKey, queueId, token, bodyBytes, server: () => servers.serverFor(0) }),
    witness,
  )
  const orFailure = <Result>(step: Promise<Result>) => Promise.race([step, workers.failed, servers.failed])

  let toldCount = 0
  for (let time = 0; time < round.times && !round.isOver?.(); time++) {
    await orFailure(witness.acknowledged(random.between(20, 200)))
    const fault = random.pick(round.faults)
    const server = await servers.serverFor(0)
    const over = await fault.begin(server.processId, file, random)
    try {
      // Some faults leave no call undone, and others leave none to be acknowledged.
      await orFailure(Promise.race([witness.acknowledged(200), passed(random.between(50, 1_500))]))
      if (random.next() < round.killShare) {
        await servers.kill(0)
        await orFailure(start())
      }
    } finally {
      await over()
    }
    const overAt = performance.now()
    await orFailure(witness.acknowledged(1))
    const backMs = Math.round(performance.now() - overAt)
    assert.ok(backMs <= backWithinMs, `after a ${fault.name} a call was acknowledged only after ${backMs} ms`)
    round.onFault(witness.acknowledgedCount - toldCount)
    toldCount = witness.acknowledgedCount
  }

  await orFailure(workers.stop())
  await servers.stop(0)
  const store = await openSqliteStore({ directory })
  try {
    const { id: userId } = (await store.findUser({ username: 'headlock' }))!
    await witness.compare(new TestQueue(store, userId, { queueId }))
    await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
  return { acknowledgedCount: witness.acknowledgedCount, refusedCount: witness.refusedCount }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
