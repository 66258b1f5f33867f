/**
 * Clients work over HTTP while their servers are killed without a warning and started again on the same data. What a
 * client was told has to be so ever after: the clients look while they work (../faults/workers.ts), and when a round is
 * over everything is compared (rules 11.1 to 11.6, and 7.1).
 */
import assert from 'node:assert/strict'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStore } from '../../src/app/config/store-choice.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { TestQueue } from '../conversation.ts'
import { assertSentWith, HttpClient } from '../faults/http-client.ts'
import { Witness } from '../faults/witness.ts'
import { startWorkers } from '../faults/workers.ts'
import type { Random } from '../random.ts'
import { MortalServers } from './mortal-servers.ts'

const token = makeToken()
/** More than one there is on Linux alone. One starts soonest, so more kills fit into the same time. */
const threadCounts = process.platform === 'linux' ? ['1', '1', '2', '3'] : ['1']

/** Bodies of such a size make the log of the embedded store long enough to be moved, again and again, in one round. */
const bigBodyBytes = { least: 50_000, most: 300_000 }

/** For each client: so that it looks at what it was told before. */
const callsAfterLastKill = 5

/** Where the servers have their data. */
export interface CrashSite {
  readonly directory: string
  readonly flags: readonly string[]
  /** How many servers may work on it at once. */
  readonly serversMax: number
  /** To this one a server writes when it moves its log and never else; null: there is none. */
  readonly checkpointedFile: string | null
  /** What is done to one server may leave another one without the store for a moment. */
  readonly explains503: boolean
  /** The embedded store can be opened while no server has it, the others at any time. */
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
  /** Calls before each kill; left out: a random number of them, or a random time. */
  readonly callsBetween?: number
  /**
   * Is told of every kill, with the calls that were acknowledged since the one before, and whether the server was up:
   * otherwise it was in the middle of its start.
   */
  onKill(acknowledgedCount: number, wasUp: boolean): void
  isOver?(): boolean
  /** What a test does to the data while every server is down. */
  whileDown?(): void
}

/** What came of a round. */
export interface KillOutcome {
  /** Those of servers that were up. */
  readonly killCount: number
  readonly acknowledgedCount: number
  readonly repeatedCount: number
  readonly requestCount: number
  /** Of these: those that were deleted while their adds were repeated, and there again (rule 11.5). */
  readonly addedAgainCount: number
}

/**
 * One queue, from its first call to the comparison. All servers were stopped when it resolves.
 *
 * @throws Error that says which promise was broken
 */
export async function playKillRound(site: CrashSite, random: Random, round: KillRound): Promise<KillOutcome> {
  const servers = new MortalServers(site.directory, { HEADLOCK_TOKEN: token })
  try {
    return await play(site, servers, random, round)
  } finally {
    await servers.killAll()
  }
}

async function play(
  site: CrashSite,
  servers: MortalServers,
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
  // Then many an add is under way when somebody else is done with its request already.
  const addsForefront = random.next() < 0.3
  const witness = new Witness()
  const workers = startWorkers(
    round.clientCount,
    (clientKey, index) => {
      const server = () => servers.serverFor(index)
      return new HttpClient({ clientKey, queueId, token, bodyBytes, addsForefront, explains503, server })
    },
    witness,
  )
  const orFailure = <Result>(step: Promise<Result>) => Promise.race([step, workers.failed, servers.failed])
  let triedCount = 0
  let killCount = 0
  let toldCount = 0
  const kill = async (chosen: readonly number[]) => {
    const wereUp = chosen.map((place) => servers.isUp(place))
    await orFailure(Promise.all(chosen.map((place) => servers.kill(place))))
    witness.shakeCount++
    for (const wasUp of wereUp) {
      round.onKill(witness.acknowledgedCount - toldCount, wasUp)
      toldCount = witness.acknowledgedCount
      triedCount++
      if (wasUp) killCount++
    }
  }

  const starts: Promise<void>[] = []
  while (triedCount < round.killsMax && !round.isOver?.()) {
    // Nobody waits until a server is up again: one of them may be killed as it starts, while others go on or not.
    await orFailure(killMoment(site, witness, random, round))
    const chosen = random.next() < 0.2 ? places : [random.pick(places)]
    await kill(chosen)
    if (chosen.length === places.length) round.whileDown?.()
    for (const place of chosen) starts[place] = start(place)
  }
  await orFailure(Promise.all(starts))

  await orFailure(witness.acknowledged(callsAfterLastKill * round.clientCount))
  await orFailure(workers.stop())
  for (const place of places) await servers.stop(place)
  await compare(site, queueId, witness, bodyBytes, random)
  return {
    killCount,
    acknowledgedCount: witness.acknowledgedCount,
    repeatedCount: witness.refusedCount,
    requestCount: witness.addedCount,
    addedAgainCount: witness.addedAgainCount,
  }
}

async function newQueueOf(servers: MortalServers): Promise<string> {
  const server = await servers.serverFor(0)
  const answer = await server.call('/v2/request-queues', { method: 'POST', token })
  assert.equal(answer.status, 201)
  return ((await answer.json()) as { data: { id: string } }).data.id
}

/**
 * After so many calls, which is in the middle of those of all other clients; or after some time, in a start
 * perhaps; or while the log is being moved.
 */
async function killMoment(
  { checkpointedFile }: CrashSite,
  witness: Witness,
  random: Random,
  { callsBetween, hasBigBodies }: KillRound,
): Promise<void> {
  if (callsBetween !== undefined) return witness.acknowledged(callsBetween)
  if (hasBigBodies && checkpointedFile !== null && random.next() < 0.6) {
    const written = new AbortController()
    await Promise.race([firstWrite(checkpointedFile, written.signal), witness.acknowledged(500)])
    written.abort()
    return passed(random.between(0, 15))
  }
  if (random.next() < 0.3) return passed(random.between(0, 1000))
  return witness.acknowledged(random.between(1, hasBigBodies ? 150 : 300))
}

/** The next write to it by anybody. */
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
  witness: Witness,
  bodyBytes: number,
  random: Random,
): Promise<void> {
  const store = await site.openStore()
  try {
    const { id: userId } = await store.ensureUser({ username: 'headlock' })
    await witness.compare(new TestQueue(store, userId, { queueId }), assertSentWith(bodyBytes))
    // Otherwise it stays: what is in other queues has to survive too. Clearing it away goes on under the next kills.
    if (random.next() < 0.8) await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
}
