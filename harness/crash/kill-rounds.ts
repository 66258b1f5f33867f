/**
 * HTTP clients work while their servers are killed without warning and started again on the same data.
 * Everything that a server has acknowledged must stay true (rules 11.1 to 11.6, and 7.1). The clients check
 * that while they work (../faults/workers.ts), and everything is compared at the end of a round.
 */
import assert from 'node:assert/strict'
import { watch } from 'node:fs/promises'
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
import { KillableServers } from './killable-servers.ts'

const token = makeToken()
/**
 * More than one thread is possible on Linux only. A single thread starts fastest, which allows more kills in
 * the same time.
 */
const threadCounts = process.platform === 'linux' ? ['1', '1', '2', '3'] : ['1']

/**
 * Bodies of this size make the write-ahead log grow so fast that it is checkpointed several times in one
 * round.
 */
const bigBodyBytes = { least: 50_000, most: 300_000 }

/** Calls of each client after the last kill, so that it can check its earlier answers once more. */
const callsAfterLastKill = 5

/** Where the servers keep their data. */
export interface CrashSite {
  readonly directory: string
  readonly flags: readonly string[]
  /** How many servers may work on it at once. */
  readonly serversMax: number
  /** The file that a server writes only when it checkpoints its log. Null: there is no such file. */
  readonly checkpointedFile: string | null
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

export interface KillRound {
  readonly killsMax: number
  readonly clientCount: number
  readonly hasBigBodies: boolean
  /** Calls before each kill. Without it: a random number of calls, or a random time. */
  readonly callsBetween?: number
  /**
   * Called at every kill, with the number of calls acknowledged since the last one. `wasUp` is false when the
   * server was still starting.
   */
  onKill(acknowledgedCount: number, wasUp: boolean): void
  isOver?(): boolean
  /** What a test does to the data while every server is down. */
  whileDown?(): void
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
export async function playKillRound(site: CrashSite, random: Random, round: KillRound): Promise<KillOutcome> {
  const servers = new KillableServers(site.directory, { HEADLOCK_TOKEN: token })
  try {
    return await play(site, servers, random, round)
  } finally {
    await servers.killAll()
  }
}

async function play(
  site: CrashSite,
  servers: KillableServers,
  random: Random,
  round: KillRound,
): Promise<KillOutcome> {
  const places = Array.from({ length: random.between(1, site.serversMax) }, (_, place) => place)
  const start = (place: number) =>
    servers.start(place, [...site.flags, '--threads', random.pick(threadCounts)])
  for (const place of places) await Promise.race([start(place), servers.failed])

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
  let triedCount = 0
  let killCount = 0
  let toldCount = 0
  const kill = async (chosen: readonly number[]) => {
    const wereUp = chosen.map((place) => servers.isUp(place))
    await orFailure(Promise.all(chosen.map((place) => servers.kill(place))))
    tracker.disruptionCount++
    for (const wasUp of wereUp) {
      round.onKill(tracker.acknowledgedCount - toldCount, wasUp)
      toldCount = tracker.acknowledgedCount
      triedCount++
      if (wasUp) killCount++
    }
  }

  const starts: Promise<void>[] = []
  while (triedCount < round.killsMax && !round.isOver?.()) {
    // This does not wait until a server is up again. A server may be killed while it starts, with or without
    // others running.
    await orFailure(killMoment(site, tracker, random, round))
    const chosen = random.next() < 0.2 ? places : [random.pick(places)]
    await kill(chosen)
    if (chosen.length === places.length) round.whileDown?.()
    for (const place of chosen) starts[place] = start(place)
  }
  await orFailure(Promise.all(starts))

  await orFailure(tracker.acknowledged(callsAfterLastKill * round.clientCount))
  await orFailure(workers.stop())
  for (const place of places) await servers.stop(place)
  await compare(site, queueId, tracker, bodyBytes, random)
  return {
    killCount,
    acknowledgedCount: tracker.acknowledgedCount,
    repeatedCount: tracker.refusedCount,
    requestCount: tracker.addedCount,
    addedAgainCount: tracker.addedAgainCount,
  }
}

async function newQueueOf(servers: KillableServers): Promise<string> {
  const server = await servers.serverFor(0)
  const answer = await server.call('/v2/request-queues', { method: 'POST', token })
  assert.equal(answer.status, 201)
  return ((await answer.json()) as { data: { id: string } }).data.id
}

/**
 * Resolves after so many calls, which is in the middle of a call of other clients; or after some time,
 * perhaps during a start; or while the log is checkpointed.
 */
async function killMoment(
  { checkpointedFile }: CrashSite,
  tracker: RequestTracker,
  random: Random,
  { callsBetween, hasBigBodies }: KillRound,
): Promise<void> {
  if (callsBetween !== undefined) return tracker.acknowledged(callsBetween)
  if (hasBigBodies && checkpointedFile !== null && random.next() < 0.6) {
    const written = new AbortController()
    await Promise.race([firstWrite(checkpointedFile, written.signal), tracker.acknowledged(500)])
    written.abort()
    return passed(random.between(0, 15))
  }
  if (random.next() < 0.3) return passed(random.between(0, 1000))
  return tracker.acknowledged(random.between(1, hasBigBodies ? 150 : 300))
}

/** Resolves at the next write to the file by any process. */
async function firstWrite(file: string, stopping: AbortSignal): Promise<void> {
  try {
    for await (const _ of watch(file, { signal: stopping })) return
  } catch (error) {
    if (!stopping.aborted) throw error
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
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
