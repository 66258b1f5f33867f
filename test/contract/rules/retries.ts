import assert from 'node:assert/strict'
import type { TestQueue } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'

/** Section 13: requests that failed wait longer each time (13.9). */
export function retryRules(rule: Rule, durableRule: Rule): void {
  rule(
    '13.9 a request given back with a higher retry count waits by the curve, up to its maximum',
    async (s) => {
      const { queue, a, b } = s
      await setCurve(queue, { initialSecs: 2, factor: 3, maxSecs: 20 })
      await a.add('1')
      for (const [retryCount, waitSecs] of [
        [1, 2],
        [2, 6],
        [3, 18],
        [4, 20],
        [2_147_483_647, 20],
      ] as const) {
        assert.deepEqual(await a.lock(60), ['1'])
        await a.update('1', { retryCount })
        // As Crawlee does after it (6.4).
        await a.deleteLock('1')
        assert.deepEqual(await b.head(), ['1'])
        await handedOutAfter(s, waitSecs * 1000)
        await b.deleteLock('1')
      }
    },
  )

  rule('13.9 a factor of 1: the same wait each time', async (scene) => {
    await setCurve(scene.queue, { initialSecs: 2, factor: 1, maxSecs: 20 })
    await scene.a.add('1')
    for (const retryCount of [1, 2, 1_000_000]) {
      await scene.a.update('1', { retryCount })
      await handedOutAfter(scene, 2_000)
      await scene.b.deleteLock('1')
    }
  })

  rule(
    '13.9 the same or a lower retry count, and a handled request, come back at once',
    async ({ queue, a }) => {
      await setCurve(queue, { initialSecs: 2, factor: 2, maxSecs: 20 })
      await a.add('1')
      await a.update('1', { retryCount: 3 })
      await a.update('1', { retryCount: 3 })
      assert.deepEqual(await a.lock(60), ['1'])
      await a.update('1', { retryCount: 1 })
      assert.deepEqual(await a.lock(60), ['1'])
      await a.finish('1')
      await a.update('1', { retryCount: 5 })
      assert.deepEqual(await a.lock(60), ['1'])
    },
  )

  rule('13.9 a wish and the curve: the later counts, on the side asked for', async (scene) => {
    const { queue, a, clock } = scene
    await setCurve(queue, { initialSecs: 2, factor: 2, maxSecs: 20 })
    await a.add('1', '2')
    await a.update('1', { retryCount: 1, wishes: { delayMs: 5_000 } }, 'forefront')
    await a.update('2', { retryCount: 3, wishes: { delayMs: 5_000 } }, 'forefront')
    await a.add('3')
    clock.advance(4_999)
    assert.deepEqual(await a.head(), ['3', '1', '2'])
    clock.advance(1)
    assert.deepEqual(await a.head(), ['1', '3', '2'])
    clock.advance(3_000)
    assert.deepEqual(await a.head(), ['2', '1', '3'])
  })

  rule(
    '13.9 an update by another client does not delay what somebody holds',
    async ({ queue, a, b, clock }) => {
      await setCurve(queue, { initialSecs: 60, factor: 2, maxSecs: 600 })
      await a.add('1')
      await a.lock(10)
      await b.update('1', { retryCount: 1 })
      clock.advance(10_000)
      assert.deepEqual(await b.lock(60), ['1'])
    },
  )

  rule('13.9 an update that adds the request does not delay it', async ({ queue, a }) => {
    await setCurve(queue, { initialSecs: 60, factor: 2, maxSecs: 600 })
    await a.update('1', { retryCount: 4 })
    assert.deepEqual(await a.lock(60), ['1'])
  })

  rule('13.2 without the policy nothing waits, and what is scheduled stays scheduled', async (scene) => {
    const { queue, a, clock } = scene
    await setCurve(queue, { initialSecs: 60, factor: 2, maxSecs: 600 })
    await a.add('1', '2')
    await a.update('1', { retryCount: 1 })
    const { store, userId, queue: address } = queue
    await store.deletePolicy({ userId, queue: address, version: null })
    await a.update('2', { retryCount: 1 })
    assert.deepEqual(await a.lock(10), ['2'])
    clock.advance(60_000)
    assert.deepEqual(await a.lock(10), ['2', '1'])
  })

  durableRule('12.6 a restart keeps the wait of a retry', async ({ queue, a, reopen }) => {
    await setCurve(queue, { initialSecs: 2, factor: 2, maxSecs: 20 })
    await a.add('1')
    await a.update('1', { retryCount: 2 })
    const after = await reopen!()
    await handedOutAfter(after, 4_000)
  })
}

async function setCurve({ store, userId, queue }: TestQueue, retry: object): Promise<void> {
  const document = { retry }
  await store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}

/** Nobody gets the only request of the queue a millisecond earlier. Then `b` holds it. */
async function handedOutAfter({ b, clock }: Scene, waitMs: number): Promise<void> {
  clock.advance(waitMs - 1)
  const early = await b.lockHead(60)
  assert.deepEqual([early.items, early.queueHasLockedRequests], [[], true])
  clock.advance(1)
  assert.deepEqual(await b.lock(60), ['1'])
}
