/** Jobs on a small queue, and the check that each request was changed by them exactly once. */
import assert from 'node:assert/strict'
import { type ActionName, actionNames } from '../../src/domain/actions/actions.ts'
import type { RequestView } from '../../src/domain/request.ts'
import type { Store } from '../../src/store/store.ts'
import { content, TestQueue } from '../conversation.ts'
import { policyFrom } from '../model/policy-document.ts'
import type { Random } from '../random.ts'
import type { JobBegin } from './job-process.ts'

const lockSecs = 3600
const hourMs = 3_600_000

export class JobLoad {
  readonly userId: string
  readonly queueId: string
  readonly action: ActionName
  readonly begins: readonly JobBegin[]
  readonly #forks: readonly string[]
  /** In the order in which they were added. */
  readonly #before: readonly RequestView[]
  readonly #eventCounts: ReadonlyMap<string, number>
  readonly #writeCount: number

  private constructor(
    queue: { userId: string; queueId: string; writeCount: number },
    action: ActionName,
    forks: readonly string[],
    before: readonly RequestView[],
    eventCounts: ReadonlyMap<string, number>,
  ) {
    const { userId, queueId } = queue
    this.userId = userId
    this.queueId = queueId
    this.action = action
    this.#forks = forks
    this.#before = before
    this.#eventCounts = eventCounts
    this.#writeCount = queue.writeCount
    this.begins = [
      { queueId, action, until: Date.now() + hourMs },
      ...forks.map((fork) => ({ queueId, fork })),
    ]
  }

  /** A new queue with requests that are pending, locked and handled. It keeps histories. */
  static async prepare(
    store: Store,
    random: Random,
    count: number,
    action: ActionName = random.pick(actionNames),
  ): Promise<JobLoad> {
    const { id: userId } = await store.ensureUser({ username: 'owner' })
    const { queue } = await store.getOrCreateQueue({ userId, name: null })
    const test = new TestQueue(store, userId, { queueId: queue.id })
    const document = { history: true }
    await store.putPolicy({
      userId,
      queue: test.queue,
      document,
      policy: policyFrom(document),
      version: null,
    })
    const keys = Array.from({ length: count }, (_, index) => `page-${index}`)
    const holder = test.client('holder')
    await holder.addContents(keys.map((key) => content(key, { retryCount: 2 })))
    const locked = await holder.lock(lockSecs, Math.floor(count / 4))
    for (const key of locked) if (random.next() < 0.5) await holder.finish(key)
    const before: RequestView[] = []
    const eventCounts = new Map<string, number>()
    for (const key of keys) {
      const view = await test.get(key)
      before.push(view)
      eventCounts.set(key, await eventCountOf(test, view))
    }
    // What is copied of requests that go meanwhile is up to the moment.
    const forkCount = action === 'delete' ? 0 : random.between(0, 2)
    const forks = Array.from({ length: forkCount }, () => `copy-${random.between(1, 1e9)}`)
    const { stats } = await test.view()
    return new JobLoad(
      { userId, queueId: queue.id, writeCount: stats.writeCount },
      action,
      forks,
      before,
      eventCounts,
    )
  }

  /** The jobs have ended. @param jobIds in the order of `begins` */
  async assertDone(store: Store, jobIds: readonly string[]): Promise<void> {
    const { userId, queueId, action } = this
    const test = new TestQueue(store, userId, { queueId })
    const changed = this.#before.filter((view) => isChanged(action, view))
    const [done, ...copied] = await Promise.all(
      jobIds.map(async (jobId) => {
        const job = await store.getJob({ userId, jobId })
        assert.equal(job.state, 'done', `${action}: ${job.problem}`)
        return job.done
      }),
    )
    assert.equal(done, changed.length, `${action}: what the job says that it did`)
    const { stats } = await test.view()
    const count = this.#before.length
    if (action === 'delete') assert.equal(stats.deleteCount, count, 'each is deleted once')
    else {
      const writes = stats.writeCount - this.#writeCount
      assert.equal(writes, changed.length, `${action}: each that it changes is written once`)
      for (const view of this.#before) await this.#assertChangedOnce(test, view)
    }
    assert.deepEqual(
      await test.client('looker').head(),
      this.#expectedHead(),
      `${action}: what is pending, in order`,
    )
    for (const [index, name] of this.#forks.entries()) {
      assert.equal(copied[index], count, 'each is copied')
      const fork = new TestQueue(store, userId, { ownerName: null, queueName: name })
      assert.deepEqual(await fork.counts(), { total: count, handled: 0, pending: count })
    }
  }

  /** Deletes the queue and the forks. */
  async discard(store: Store): Promise<void> {
    const { userId, queueId } = this
    await new TestQueue(store, userId, { queueId }).delete()
    for (const queueName of this.#forks) {
      await new TestQueue(store, userId, { ownerName: null, queueName }).delete()
    }
  }

  async #assertChangedOnce(test: TestQueue, before: RequestView): Promise<void> {
    const { action } = this
    const { uniqueKey } = before
    const after = await test.get(uniqueKey)
    const isMeant = isChanged(action, before)
    // A move to the head is no event.
    const more = isMeant && action !== 'forefront' ? 1 : 0
    const events = await eventCountOf(test, after)
    assert.equal(events, this.#eventCounts.get(uniqueKey)! + more, `${action}: events of ${uniqueKey}`)
    const keepsLock = action === 'forefront' || !isMeant
    assert.equal(
      after.lockByClient,
      keepsLock ? before.lockByClient : null,
      `${action}: the lock of ${uniqueKey}`,
    )
    const isHandled = action === 'markHandled' || (action !== 'giveBack' && before.handledAt !== null)
    assert.equal(after.handledAt !== null, isHandled, `${action}: ${uniqueKey} is handled, or not`)
    if (action === 'giveBack') assert.equal(after.retryCount, 0, `the retries of ${uniqueKey}`)
  }

  /** Locked requests are not in the head. */
  #expectedHead(): string[] {
    const { action } = this
    if (action === 'delete' || action === 'markHandled') return []
    const free = this.#before.filter(
      ({ handledAt, lockByClient }) => handledAt === null && lockByClient === null,
    )
    const locked = this.#before.filter(({ lockByClient }) => lockByClient !== null)
    const handled = this.#before.filter(({ handledAt }) => handledAt !== null)
    handled.sort((a, b) => a.handledAt! - b.handledAt! || (a.id < b.id ? -1 : 1))
    const keys = (views: readonly RequestView[]) => views.map(({ uniqueKey }) => uniqueKey)
    if (action === 'giveBack') return keys([...handled, ...locked, ...free])
    if (action === 'schedule') return keys([...locked, ...free])
    return action === 'unlock' ? keys([...free, ...locked]) : keys(free)
  }
}

function isChanged(action: ActionName, { handledAt, lockByClient }: RequestView): boolean {
  if (action === 'giveBack' || action === 'delete') return true
  return action === 'unlock' ? lockByClient !== null : handledAt === null
}

async function eventCountOf({ store, userId, queue }: TestQueue, { id }: RequestView): Promise<number> {
  return (await store.getRequestHistory({ userId, queue, requestId: id })).events.length
}
