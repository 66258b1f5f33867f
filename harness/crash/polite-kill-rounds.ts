/** A crawl with a policy over HTTP, whose servers are killed without warning and started again on the same data. */
import assert from 'node:assert/strict'
import { TestQueue } from '../conversation.ts'
import { HttpClient } from '../faults/http-client.ts'
import { PoliteCrawl, politePolicy, startPoliteClients, urlOf } from '../faults/polite-crawl.ts'
import type { Random } from '../random.ts'
import { type CrashSite, newQueueOf, onServers, token } from './kill-rounds.ts'
import type { KillableServers } from './killable-servers.ts'
import { type KillPlan, Kills } from './kills.ts'

export interface PoliteKillRound extends Omit<KillPlan, 'hasBigBodies'> {
  readonly clientCount: number
}

/**
 * Plays one queue, from its first call to the end of the crawl. All servers are stopped when it resolves.
 *
 * @returns how many requests were crawled
 * @throws Error that says which promise was broken
 */
export function playPoliteKillRound(
  site: CrashSite,
  random: Random,
  round: PoliteKillRound,
): Promise<number> {
  return onServers(site, (servers) => play(site, servers, random, round))
}

async function play(
  site: CrashSite,
  servers: KillableServers,
  random: Random,
  round: PoliteKillRound,
): Promise<number> {
  const kills = new Kills(site, servers, random, { ...round, hasBigBodies: false })
  await kills.startAll()
  const queueId = await newQueueOf(servers)
  await putPolicy(servers, queueId)

  const crawl = new PoliteCrawl(random)
  const { explains503 } = site
  const clients = Array.from({ length: round.clientCount }, (_, index) => {
    const server = () => servers.serverFor(index)
    return new HttpClient({ clientKey: `worker-${index}`, queueId, token, urlOf, explains503, server })
  })
  const { ended, failed } = startPoliteClients(crawl, clients)
  const orFailure = <Result>(step: Promise<Result>) => Promise.race([step, failed, servers.failed])
  await kills.killAndStart(crawl.tracker, orFailure)
  crawl.finish()
  await orFailure(ended)
  await kills.stopAll()

  const store = await site.openStore()
  try {
    const { id: userId } = await store.ensureUser({ username: 'headlock' })
    await crawl.compare(new TestQueue(store, userId, { queueId }))
    if (random.next() < 0.8) await store.deleteQueue({ userId, queue: { queueId } })
  } finally {
    await store.close()
  }
  return crawl.requestCount
}

async function putPolicy(servers: KillableServers, queueId: string): Promise<void> {
  const server = await servers.serverFor(0)
  const init = { method: 'PUT', body: JSON.stringify(politePolicy), token }
  const answer = await server.call(`/headlock/v1/queues/${queueId}/policy`, init)
  assert.equal(answer.status, 200, await answer.text())
}
