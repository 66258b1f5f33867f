import assert from 'node:assert/strict'
import { TestQueue } from '../../../harness/conversation.ts'
import { MemoryStore } from '../../../harness/oracle/memory-store.ts'
import { randomCall } from '../../../harness/oracle/random-call.ts'
import { Random } from '../../../harness/random.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import type { Series } from '../../../src/store/params/figures.ts'
import type { StepSecs } from '../../../src/store/series/figure-columns.ts'

const stepLengths: readonly StepSecs[] = [1, 10, 300]

/** What was done in the last seconds that are complete. */
async function seconds({ store }: Scene, count: number): Promise<Series> {
  return (await store.serverFigures({ stepSecs: 1, stepCount: count })).series
}

function nonZero(series: Series): Partial<Series> {
  return Object.fromEntries(
    Object.entries(series).filter(([, counts]) => counts.some((count: number) => count !== 0)),
  )
}

/** The figures of all queues together (14.8). */
export function serverFigureRules(rule: Rule, durableRule: Rule): void {
  rule('14.8 the figures of the server are the sums of all queues, whoever owns them', async (scene) => {
    const { a, clock, store } = scene
    const other = await scene.newQueue()
    const bob = await store.ensureUser({ username: 'bob' })
    const { queue } = await store.getOrCreateQueue({ userId: bob.id, name: null })
    await a.add('1', '2', '3')
    await other.client('client-a').add('1', '2')
    await new TestQueue(store, bob.id, { queueId: queue.id }).client('of-bob').add('1')
    clock.advance(1000)
    await a.lock(30, 2)
    await other.client('client-b').lock(30, 1)
    clock.advance(1000)
    await a.finish('1')
    await a.deleteLock('2')
    clock.advance(2000)
    assert.deepEqual(nonZero(await seconds(scene, 4)), {
      added: [0, 6, 0, 0],
      handedOut: [0, 0, 3, 0],
      handled: [0, 0, 0, 1],
      givenBack: [0, 0, 0, 1],
      pending: [0, 6, 6, 5],
      locked: [0, 0, 3, 1],
    })
    clock.advance(31_000)
    assert.deepEqual(nonZero(await seconds(scene, 4)), {
      ranOut: [0, 1, 0, 0],
      pending: [5, 5, 5, 5],
      locked: [1, 0, 0, 0],
    })
  })

  rule(
    '14.8 what was done in a deleted queue stays, and its requests and locks end with it',
    async (scene) => {
      const { a, clock } = scene
      const other = await scene.newQueue()
      const client = other.client('client-a')
      await a.add('1')
      await client.add('1', '2', '3')
      await client.finish('3')
      await client.lock(30, 2)
      clock.advance(1000)
      await client.prolong('1', 50)
      clock.advance(1000)
      await other.delete()
      clock.advance(2000)
      assert.deepEqual(nonZero(await seconds(scene, 3)), {
        added: [4, 0, 0],
        handedOut: [2, 0, 0],
        handled: [1, 0, 0],
        pending: [3, 3, 1],
        locked: [2, 2, 0],
      })
      clock.advance(120_000)
      const later = await seconds(scene, 130)
      // Its locks do not run out.
      assert.deepEqual(Object.keys(nonZero(later)), ['added', 'handedOut', 'handled', 'pending', 'locked'])
      assert.deepEqual(later.pending.slice(6, 11), [0, 3, 3, 1, 1])
      assert.deepEqual(later.locked.slice(6, 11), [0, 2, 2, 0, 0])
    },
  )

  durableRule('14.8 figures of the server agree with random calls in several queues', async (first) => {
    let scene = first
    const random = new Random(1814)
    const oracle = new MemoryStore(scene.clock, undefined, undefined, true)
    const { id: userId } = await oracle.ensureUser({ username: 'alice' })
    const pair = async (): Promise<[TestQueue, string]> => {
      const { queue } = await oracle.getOrCreateQueue({ userId, name: null })
      return [await scene.newQueue(), queue.id]
    }
    const pairs = [await pair(), await pair(), await pair()]
    for (let round = 0; round < 240; round++) {
      const index = random.between(0, pairs.length - 1)
      const [queue, queueId] = pairs[index]!
      const { store, user, clock } = scene
      const asked = { userId, queue: { queueId } }
      await randomCall({ store, user, queue, clock }, oracle, asked, random)
      clock.advance(250 * random.between(0, random.between(0, 20) === 0 ? 400 : 8))
      if (random.between(0, 25) === 0) {
        await store.deleteQueue({ userId: user.id, queue: queue.queue })
        await oracle.deleteQueue(asked)
        clock.advance(250 * random.between(0, 8))
        pairs[index] = await pair()
      }
      if (round % 60 === 59) scene = await scene.reopen!()
      if (round % 20 !== 19) continue
      for (const stepSecs of stepLengths) {
        const asked = { stepSecs, stepCount: 40 }
        // The running step of several seconds is not over.
        const complete = ({ series }: { readonly series: Series }) =>
          Object.entries(series).map(([name, values]) => [
            name,
            values.slice(0, stepSecs === 1 ? undefined : -1),
          ])
        const [found, expected] = [await scene.store.serverFigures(asked), await oracle.serverFigures(asked)]
        assert.equal(found.from, expected.from)
        assert.deepEqual(complete(found), complete(expected), `round ${round}, steps of ${stepSecs} s`)
      }
    }
  })
}
