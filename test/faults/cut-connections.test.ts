/** Connections to the database break at every point of a call: it is done or not, never half, and can be repeated. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOf, type QueueClient } from '../../harness/conversation.ts'
import { RequestTracker } from '../../harness/faults/request-tracker.ts'
import { openStoreBehindProxy } from '../../harness/faults/stores.ts'
import { newQueue, sameQueue, startWorkers } from '../../harness/faults/workers.ts'
import type { Direction } from '../../harness/proxy.ts'
import { HeadlockError } from '../../src/domain/errors.ts'

const lockSecs = 3600
/** How many points of a call, in each direction, besides the first bytes and the last. */
const pointCount = 40

/** Calls of one turn, which share a transaction: they add, lock, handle and give back. */
class Turn {
  readonly #client: QueueClient
  readonly #number: number
  readonly #held: readonly string[]

  constructor(client: QueueClient, number: number, held: readonly string[]) {
    this.#client = client
    this.#number = number
    this.#held = held
  }

  get newKey(): string {
    return `new-${this.#number}`
  }

  /** The first is handled, the second goes back. */
  calls(): Promise<unknown>[] {
    const [first, second] = this.#held
    return [
      this.#client.add(this.newKey),
      this.#client.lock(lockSecs, 1),
      this.#client.finish(first!),
      this.#client.deleteLock(second!),
    ]
  }
}

test('a call is cut off at any byte, towards the database or back', async (t) => {
  const { store, proxy } = await openStoreBehindProxy(t, 'faults_cut_at_byte', 1)
  const queue = await newQueue(store, 'cut')
  const client = queue.client('cut')
  let number = 0
  const nextTurn = async (): Promise<Turn> => {
    number++
    await client.unlock()
    await client.addForefront(`first-${number}`, `second-${number}`)
    return new Turn(client, number, await client.lock(lockSecs, 2))
  }

  // How long a turn is on a connection that knows its statements.
  for (let warm = 0; warm < 2; warm++) await Promise.all((await nextTurn()).calls())
  const measured = await nextTurn()
  const before = { ...proxy.forwarded }
  await Promise.all(measured.calls())
  const lengths = {
    server: proxy.forwarded.server - before.server,
    client: proxy.forwarded.client - before.client,
  }

  const seen = { done: 0, refused: 0, undone: 0 }
  for (const towards of ['server', 'client'] satisfies Direction[]) {
    for (const bytes of pointsOf(lengths[towards])) {
      const where = `${bytes} of ${lengths[towards]} bytes towards the ${towards}`
      const turn = await nextTurn()
      const countsBefore = await queue.counts()
      const cut = proxy.cutAfter(towards, bytes)
      const results = await Promise.allSettled(turn.calls())
      proxy.spare()
      const refusals = results.filter((result) => result.status === 'rejected')
      for (const { reason } of refusals) {
        assert.ok(reason instanceof HeadlockError, `${where}: ${reason}`)
        assert.equal(reason.errorName, 'storeUnavailable', where)
      }
      // They share a transaction, so either both are done or neither is.
      assert.ok(refusals.length === 0 || refusals.length === results.length, where)
      const counts = await queue.counts()
      const isDone = counts.total > countsBefore.total
      assert.equal(counts.total - countsBefore.total, isDone ? 1 : 0, where)
      assert.equal(counts.handled - countsBefore.handled, isDone ? 1 : 0, where)
      if (refusals.length === 0) assert.ok(isDone, `${where}: acknowledged and lost`)
      seen[refusals.length === 0 ? 'done' : isDone ? 'refused' : 'undone']++
      // Repeated, all of it is as if nothing had happened.
      const [added] = await Promise.all(turn.calls())
      assert.equal((added as { wasAlreadyPresent: boolean }[])[0]!.wasAlreadyPresent, isDone, where)
      void cut
    }
  }
  t.diagnostic(
    `${lengths.server} and ${lengths.client} bytes: ${seen.done} times done in spite of the cut, ` +
      `${seen.refused} times done and refused, ${seen.undone} times refused and not done`,
  )
  assert.ok(seen.done > 0 && seen.refused > 0, 'cuts before the commit, and between it and its answer')
  assert.deepEqual(await store.check(), [])
})

/** Spread over the length, and every byte of the end, where the commit is. */
function pointsOf(length: number): number[] {
  const spread = Array.from({ length: pointCount }, (_, index) => Math.floor((index * length) / pointCount))
  const end = Array.from({ length: 12 }, (_, index) => length - 1 - index)
  return [...new Set([...spread, ...end])].sort((a, b) => a - b)
}

test('all connections are cut again and again under load', async (t) => {
  const { store, proxy } = await openStoreBehindProxy(t, 'faults_cut_under_load', 4)
  const queues = [await newQueue(store, 'cut-a'), await newQueue(store, 'cut-b')]
  const trackers = queues.map(() => new RequestTracker())
  const crews = queues.map((queue, index) => startWorkers(12, (name) => queue.client(name), trackers[index]!))
  const acknowledged = (more: number) =>
    Promise.race(
      crews.map(({ failed }, index) => Promise.race([trackers[index]!.acknowledged(more), failed])),
    )
  for (let round = 0; round < 40; round++) {
    await acknowledged(5)
    if (round % 2 === 0) proxy.cutAll()
    else await proxy.cutAfter(round % 4 === 1 ? 'server' : 'client', 97 * round)
  }
  await acknowledged(50)
  for (const crew of crews) await crew.stop()
  for (const [index, queue] of queues.entries()) {
    const { acknowledgedCount, refusedCount } = trackers[index]!
    t.diagnostic(`queue ${index}: ${acknowledgedCount} calls acknowledged, ${refusedCount} refused`)
    await trackers[index]!.compare(queue)
  }
})

test('reads, new queues, names and tokens survive a cut at any of their bytes', async (t) => {
  const { store, proxy } = await openStoreBehindProxy(t, 'faults_cut_reads', 1)
  const queue = await newQueue(store, 'cut')
  const byName = sameQueue(queue, { queue: { ownerName: 'faults', queueName: 'cut' } })
  await queue.client('reader').add('page')
  const { userId } = queue
  let number = 0
  const calls: Record<string, () => Promise<unknown>> = {
    getRequest: () => queue.get('page'),
    getQueue: () => byName.view(),
    listRequests: () => queue.client('reader').list(),
    listQueues: () => queue.viewInList((queue.queue as { queueId: string }).queueId),
    getOrCreateQueue: () => store.getOrCreateQueue({ userId, name: `made-${++number}` }),
    updateQueue: () => store.updateQueue({ userId, queue: queue.queue, name: `cut-${++number}` }),
    deleteQueue: async () => {
      const made = await store.getOrCreateQueue({ userId, name: null })
      await store.deleteQueue({ userId, queue: { queueId: made.queue.id } })
    },
    findCaller: () => store.findCaller({ tokenHash: 'none' }),
    createToken: () =>
      store.createToken({ userId, tokenHash: `hash-${++number}`, label: null, runId: null, readOnly: false }),
    ensureUser: () => store.ensureUser({ username: `user-${++number}` }),
    ping: () => store.ping(),
  }
  for (const [name, call] of Object.entries(calls)) {
    await call()
    for (let bytes = 0; bytes < 1200; bytes += 149) {
      for (const towards of ['server', 'client'] satisfies Direction[]) {
        void proxy.cutAfter(towards, bytes)
        await call().catch((error: unknown) => {
          const isRefusal = error instanceof HeadlockError && error.errorName === 'storeUnavailable'
          if (!isRefusal) throw new Error(`${name}, cut after ${bytes} bytes`, { cause: error })
        })
        proxy.spare()
      }
    }
    if (name === 'updateQueue') await store.updateQueue({ userId, queue: queue.queue, name: 'cut' })
  }
  assert.deepEqual(keysOf(await queue.client('reader').listHead()), ['page'])
  assert.deepEqual(await store.check(), [])
})
