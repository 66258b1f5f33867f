/**
 * A crawl with a policy, and the owner of another queue whose jobs act on its requests, while PostgreSQL is stopped, crashes, or
 * loses one of its processes.
 */
import { HeadlockError } from '../../src/domain/errors.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { postgresStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'
import { content, type TestQueue } from '../conversation.ts'
import { JobLoad } from '../crash/job-load.ts'
import { beginJob } from '../crash/job-process.ts'
import { policyFrom } from '../model/policy-document.ts'
import type { PostgresServer } from '../postgres-server.ts'
import type { Random } from '../random.ts'
import { type PoliteClient, PoliteCrawl, politePolicy, startPoliteClients, urlOf } from './polite-crawl.ts'
import type { RequestTracker } from './request-tracker.ts'
import { type RestartRound, restartOnce } from './restarts.ts'
import { newQueue } from './workers.ts'

const workerCount = 16
const jobRequests = 60
/** So small that a restart comes between two steps of a job. */
const stepSize = { ...postgresStepSize, acted: 3, inOrder: 20 }

export interface PoliteRestarts {
  /** Requests of the crawl. */
  readonly requestCount: number
  /** Pairs of an action and its forks that were checked. Those whose beginning was in doubt do not count. */
  readonly jobCount: number
}

/**
 * Plays one queue on that server, from its first call to the end of the crawl.
 *
 * @param server with production settings, because what a crash must not lose has to be on the disk
 * @throws Error that says which promise was broken
 */
export async function playPoliteRestarts(
  server: PostgresServer,
  round: RestartRound,
): Promise<PoliteRestarts> {
  const { random } = round
  const store = await openPostgresStore({ url: server.url, stepSize })
  try {
    const queue = await newQueue(store, null)
    const on = { userId: queue.userId, queue: queue.queue }
    const policy = policyFrom(politePolicy)
    await store.putPolicy({ ...on, document: politePolicy, policy, version: null })
    const crawl = new PoliteCrawl(random)
    const { tracker } = crawl
    const clients = Array.from({ length: workerCount }, (_, index) => clientOf(queue, `worker-${index}`))
    const { ended, failed } = startPoliteClients(crawl, clients)
    const owner = new Owner(store, tracker, random)
    const acting = owner.act()
    const orFailure = <Result>(step: Promise<Result>): Promise<Result> => {
      return Promise.race([step, failed, acting.then(() => step)])
    }
    let toldCount = 0
    for (const restart of round.restarts) {
      if (round.isOver?.()) break
      await orFailure(tracker.acknowledged(random.between(1, round.callsMax)))
      const backMs = await restartOnce(server, restart, () => orFailure(tracker.acknowledged(1)))
      round.onRestart(restart, tracker.acknowledgedCount - toldCount, backMs)
      toldCount = tracker.acknowledgedCount
    }
    owner.finish()
    await acting
    crawl.finish()
    await Promise.race([ended, failed])
    await crawl.compare(queue)
    await store.deleteQueue(on)
    return { requestCount: crawl.requestCount, jobCount: owner.jobCount }
  } finally {
    await store.close()
  }
}

function clientOf(queue: TestQueue, clientKey: string): PoliteClient {
  const client = queue.client(clientKey)
  const { store, userId } = queue
  return {
    add: (...keys) => client.addContents(keys.map((key) => content(key, { url: urlOf(key) }))),
    lockHead: (seconds, limit) => client.lockHead(seconds, limit),
    finish: (key) => client.update(key, { url: urlOf(key), handledAt: Date.UTC(2030, 0, 1) }),
    prolong: (key, seconds) => client.prolong(key, seconds),
    deleteLock: (key) => client.deleteLock(key),
    unlock: () => client.unlock(),
    coolDown: (group, until) => store.setCooldown({ userId, queue: queue.queue, group, until }),
  }
}

/** Begins jobs one after the other, and sees to it that each request is changed once. */
class Owner {
  readonly #store: Store
  readonly #tracker: RequestTracker
  readonly #random: Random
  #isOver = false
  jobCount = 0

  constructor(store: Store, tracker: RequestTracker, random: Random) {
    this.#store = store
    this.#tracker = tracker
    this.#random = random
  }

  /** The jobs that run are the last ones. */
  finish(): void {
    this.#isOver = true
  }

  async act(): Promise<void> {
    while (!this.#isOver) {
      // A call without an answer may have begun a job or not. That queue is left to itself.
      const begun = await unlessUnavailable(() => this.#begin())
      while (await this.#until(() => this.#store.continueJobs())) {}
      if (begun === null) continue
      await this.#until(() => begun.load.assertDone(this.#store, begun.jobIds))
      await unlessUnavailable(() => begun.load.discard(this.#store))
      this.jobCount++
    }
  }

  async #begin(): Promise<{ load: JobLoad; jobIds: string[] }> {
    const load = await JobLoad.prepare(this.#store, this.#random, jobRequests)
    const jobIds: string[] = []
    for (const begin of load.begins) {
      const jobId = await beginJob(this.#store, load.userId, begin)
      if (jobId === null) throw new Error('it was done at once')
      jobIds.push(jobId)
    }
    return { load, jobIds }
  }

  async #until<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    return (await this.#tracker.until(call)).answer
  }
}

async function unlessUnavailable<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof HeadlockError && error.errorName === 'storeUnavailable') return null
    throw error
  }
}
