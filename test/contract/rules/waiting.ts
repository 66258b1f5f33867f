import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'

/** What a server asks of the store for callers that wait (13.14). */
export function waitingRules(rule: Rule): void {
  const untilAvailable = ({ store, user, queue }: Scene) =>
    store.whenAvailable({ userId: user.id, queue: queue.queue })

  rule('13.14 nothing becomes available in an empty queue, or when all is handled', async (scene) => {
    assert.equal(await untilAvailable(scene), null)
    await scene.a.addContents([content('done', { handledAt: scene.clock.wallMs() })])
    assert.equal(await untilAvailable(scene), null)
  })

  rule('13.14 what is due is available now, on either side', async (scene) => {
    await scene.a.add('a')
    assert.equal(await untilAvailable(scene), 0)
    await scene.a.lock(60)
    await scene.a.addContents([content('b')], 'forefront')
    assert.equal(await untilAvailable(scene), 0)
  })

  rule('13.14 the first moment counts: of a lock or a delay, on either side', async (scene) => {
    const { a, b, clock } = scene
    await a.add('a')
    await a.lock(60)
    assert.equal(await untilAvailable(scene), 60_000)
    await a.addContents([content('later', { wishes: { delayMs: 90_000 } })])
    assert.equal(await untilAvailable(scene), 60_000)
    await a.addContents([content('first', { wishes: { delayMs: 20_000 } })], 'forefront')
    assert.equal(await untilAvailable(scene), 20_000)
    clock.advance(19_999)
    assert.equal(await untilAvailable(scene), 1)
    clock.advance(1)
    assert.equal(await untilAvailable(scene), 0)
    assert.deepEqual(await b.lock(5), ['first'])
    assert.equal(await untilAvailable(scene), 5_000)
  })

  rule(
    '13.14, 7.3 who asks needs the right to lock, is no client, and does not use the queue',
    async (scene) => {
      const { store, queue, clock, user } = scene
      const before = (await store.inspectQueue({ userId: user.id, queue: queue.queue })).queue
      clock.advance(1000)
      await untilAvailable(scene)
      assert.deepEqual((await store.inspectQueue({ userId: user.id, queue: queue.queue })).queue, before)
      const other = await store.ensureUser({ username: 'bob' })
      await refuses(store.whenAvailable({ userId: other.id, queue: queue.queue }), 'queueNotFound')
    },
  )
}
