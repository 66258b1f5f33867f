/**
 * HTTP clients work while their servers are killed without warning and started again on the same data.
 * Everything that a server has acknowledged must stay true (rules 11.1 to 11.6, and 7.1). The clients check
 * that while they work (../faults/workers.ts), and everything is compared at the end of a round.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { parseStore } from '../../src/app/config/store-choice.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { TestQueue } from '../conversation.ts'
import { assertSentWith, HttpClient } from '../faults/http-client.ts'
import { RequestTracker } from '../faults/request-tracker.ts'
import { startWorkers } from '../faults/workers.ts'
import type { Random } from '../random.ts'
import { type KillableServers, withKillableServers } from './killable-servers.ts'
import { type KillPlan, type KillSite, Kills } from './kills.ts'

export const token = makeToken()
/**
 * Bodies of this size make the write-ahead log grow so fast that it is checkpointed several times in one
 * round.
 */
const bigBodyBytes = { least: 50_000, most: 300_000 }

/** Calls of each client after the last kill, so that it can check its earlier answers once more. */
const callsAfterLastKill = 5

/** Where the servers keep their data. */
export interface CrashSite extends KillSite {
  readonly directory: string
  /** Killing one server may make the store unavailable to another one for a moment. */
  readonly explains503: boolean
  /** Opens the store for checks. The embedded store can be opened only while no server runs. */
  openStore(): Promise<Store>
}

export function sqliteSite(directory: string): CrashSite {
  return {
    directory,
    flags: [],
    serversMax: 1,
    checkpointedFile: join(directory, databaseName),
    explains503: false,
    openStore: () => openSqliteStore({ directory }),
  }
}

/** @param database as after --store */
export function postgresSite(directory: string, database: string): CrashSite {
  const choice = parseStore(database)
  assert.ok(choice?.kind === 'postgres')
  const { url, schema } = choice
  return {
    directory,
    flags: ['--store', database],
    serversMax: 2,
    checkpointedFile: null,
    explains503: true,
    openStore: () => openPostgresStore({ url, schema, connectionsMax: 2 }),
  }
}

export interface KillRound extends KillPlan {
  readonly clientCount: number
}

/** The outcome of a round. */
export interface KillOutcome {
  /** Kills of servers that were up. */
  readonly killCount: number
  readonly acknowledgedCount: number
  readonly repeatedCount: number
  readonly requestCount: number
  /**
   * Requests that were deleted while their adds were repeated, and that were added again by that (rule 11.5).
   */
  readonly addedAgainCount: number
}

/**
 * Plays one queue, from its first call to the comparison. All servers are stopped when it resolves.
 *
 * @throws Error that says which promise was broken
 */
export function playKillRound(site: CrashSite, random: Random, round: KillRound): Promise<KillOutcome> {
  return onServers(site, (servers) => play(site, servers, random, round))
}

/** All servers of the site are stopped when it resolves. */
export function onServers<Result>(
  site: CrashSite,
  work: (servers: KillableServers) => Promise<Result>,
): Promise<Result> {
  return withKillableServers(site.directory, { HEADLOCK_TOKEN: token }, work)
}

async function play(
  site: CrashSite,
  servers: KillableServers,
  random: Random,
  round: KillRound,
): Promise<KillOutcome> {
  const kills = new Kills(site, servers, random, round)
  await kills.startAll()

  const queueId = await newQueueOf(servers)
  const bodyBytes = round.hasBigBodies ? random.between(bigBodyBytes.least, bigBodyBytes.most) : 0
  const { explains503 } = site
  // Then many adds are still under way when another client is already done with the request.
  const addsForefront = random.next() < 0.3
  const tracker = new RequestTracker()
  const workers = startWorkers(
    round.clientCount,
    (clientKey, index) => {
      const server = () => servers.serverFor(index)
      return new HttpClient({ clientKey, queueId, token, bodyBytes, addsForefront, explains503, server })
    },
    tracker,
  )
  const orFailure = <Result>(step: Promise<Result>) => Promise.race([step, workers.failed, servers.failed])
  const killCount = await kills.killAndStart(tracker, orFailure)

  await orFailure(tracker.acknowledged(callsAfterLastKill * round.clientCount))
  await orFailure(workers.stop())
  await kills.stopAll()
  await compare(site, queueId, tracker, bodyBytes, random)
  return {
    killCount,
    acknowledgedCount: tracker.acknowledgedCount,
    repeatedCount: tracker.refusedCount,
    requestCount: tracker.addedCount,
    addedAgainCount: tracker.addedAgainCount,
  }
}

export async function newQueueOf(servers: KillableServers): Promise<string> {
  const server = await servers.serverFor(0)
  const answer = await server.call('/v2/request-queues', { method: 'POST', token })
  assert.equal(answer.status, 201)
  return ((await answer.json()) as { data: { id: string } }).data.id
}

async function compare(
  site: CrashSite,
  queueId: string,
  tracker: RequestTracker,
  bodyBytes: number,
  random: Random,
): Promise<void> {
  const store = await site.openStore()
  try {
    const { id: userId } = await store.ensureUser({ username: 'headlock' })
    await tracker.compare(new TestQueue(store, userId, { queueId }), assertSentWith(bodyBytes))
    // Some queues stay, because the contents of other queues have to survive too. A deleted queue is purged
    // during the next kills.
    if (random.next() < 0.8) await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
}
