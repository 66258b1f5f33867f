import assert from 'node:assert/strict'
import { keysOf, type QueueClient, refuses, type TestQueue } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { PolicyView } from '../../../src/store/params/policies.ts'

/** A policy that says something about everything. */
const full = {
  groupBy: 'host',
  rules: [{ hosts: ['Example.com', '*.bücher.example'], concurrency: 2, delaySecs: 0.5 }],
  retry: { initialSecs: 1, factor: 2, maxSecs: 60 },
  priorities: [{ label: 'a\u0000b', priority: -3 }],
}

/** Section 13: the policy of a queue, and a queue that is paused. */
export function policyRules(rule: Rule, durableRule: Rule): void {
  rule('13.1 a queue without a policy shows an empty one', async ({ queue }) => {
    assert.deepEqual(await get(queue), active({}, 0))
  })

  rule('13.1 a policy is shown as it came, until another one replaces it', async ({ queue, newQueue }) => {
    const other = await newQueue()
    assert.deepEqual(await put(queue, full), active(full, 1))
    assert.deepEqual(await get(queue), active(full, 1))
    assert.deepEqual(await put(queue, {}), active({}, 2))
    assert.deepEqual(await put(queue, { history: true }), active({ history: true }, 3))
    assert.deepEqual(await get(queue), active({ history: true }, 3))
    assert.deepEqual(await get(other), active({}, 0))
  })

  rule('13.1 a policy is deleted, and deleting it again changes nothing', async ({ queue }) => {
    assert.deepEqual(await remove(queue), active({}, 0))
    await put(queue, full)
    assert.deepEqual(await remove(queue), active({}, 2))
    assert.deepEqual(await get(queue), active({}, 2))
    assert.deepEqual(await remove(queue), active({}, 2))
    // A version never comes back.
    assert.deepEqual(await put(queue, full), active(full, 3))
  })

  rule('13.1 a change that names another version is refused and changes nothing', async ({ queue }) => {
    await refuses(put(queue, full, 1), 'policyVersionDiffers')
    await refuses(remove(queue, 1), 'policyVersionDiffers')
    assert.deepEqual(await put(queue, full, 0), active(full, 1))
    await refuses(put(queue, {}, 0), 'policyVersionDiffers')
    await refuses(put(queue, {}, 2), 'policyVersionDiffers')
    await refuses(remove(queue, 0), 'policyVersionDiffers')
    assert.deepEqual(await get(queue), active(full, 1))
    assert.deepEqual(await remove(queue, 1), active({}, 2))
  })

  rule('13.1 of many changes of the same version one succeeds', async ({ queue }) => {
    await put(queue, {})
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, n) => put(queue, { lockExpiriesMax: n + 1 }, 1)),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await get(queue)).version, 2)
  })

  rule('13.1 nobody else may read or change the policy of a queue', async ({ store, queue }) => {
    const bob = await store.ensureUser({ username: 'bob' })
    const params = { userId: bob.id, queue: queue.queue }
    await put(queue, full)
    await refuses(store.getPolicy(params), 'queueNotFound')
    const document = {}
    await refuses(
      store.putPolicy({ ...params, document, policy: policyOf(document), version: null }),
      'queueNotFound',
    )
    await refuses(store.deletePolicy({ ...params, version: null }), 'queueNotFound')
    assert.deepEqual(await get(queue), active(full, 1))
    await queue.delete()
    await refuses(get(queue), 'queueNotFound')
  })

  rule(
    '7.2, 7.3 a change of the policy is an access, a look is none, and neither is a touch',
    async (scene) => {
      const { queue, a, clock } = scene
      await a.add('1')
      const before = await queue.view()
      clock.advance(1000)
      await get(queue)
      assert.deepEqual(await queue.viewInList(before.id), before)
      for (const call of [() => put(queue, { paused: true }), () => remove(queue)]) {
        clock.advance(1000)
        await call()
        const { id, accessedAt, ...rest } = await queue.viewInList(before.id)
        assert.deepEqual({ ...rest, id, accessedAt: before.accessedAt }, before)
        assert.equal(accessedAt, clock.wallMs())
      }
    },
  )

  rule('13.13 a paused queue hands out nothing, and does not look done', async ({ queue, a, b }) => {
    await a.add('1', '2', '3', '4')
    assert.deepEqual(await a.lock(60, 1), ['1'])
    await put(queue, { paused: true })
    const nothing = async (client: QueueClient, hasMore: boolean) => {
      const head = await client.lockHead(60)
      assert.deepEqual(keysOf(head), [])
      assert.equal(head.queueHasLockedRequests, hasMore)
    }
    await nothing(b, true)
    // What is locked stays locked (13.2), and all other work goes on.
    await a.prolong('1', 60)
    await a.finish('1')
    await nothing(b, true)
    await a.add('5')
    await b.addForefront('6')
    await a.update('3')
    await nothing(a, true)
    await b.delete('2')
    assert.deepEqual(await queue.counts(), { total: 5, handled: 1, pending: 4 })
    // Clients that never lock know nothing but this call (12.4).
    assert.deepEqual(await a.head(), ['6', '4', '5', '3'])

    await put(queue, {})
    assert.deepEqual(await b.lock(60), ['6', '4', '5', '3'])
    for (const key of ['3', '4', '5', '6']) await b.finish(key)
    await put(queue, { paused: true })
    await nothing(a, false)
    await remove(queue)
    await a.add('7')
    assert.deepEqual(await a.lock(60), ['7'])
  })

  rule('13.13 a lock that runs out while its queue is paused is handed out afterwards', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1', '2')
    await a.lock(10, 1)
    await put(queue, { paused: true })
    clock.advance(10_000)
    const head = await b.lockHead(60)
    assert.deepEqual([keysOf(head), head.queueHasLockedRequests], [[], true])
    // The client whose lock it was may take it back (5.1).
    await a.prolong('1', 10)
    clock.advance(10_000)
    await remove(queue)
    assert.deepEqual((await b.lock(60)).sort(), ['1', '2'])
  })

  durableRule('12.6 a policy is there after a restart, and in force', async (scene) => {
    await scene.a.add('1')
    await put(scene.queue, { ...full, paused: true })
    const after = await scene.reopen!()
    assert.deepEqual(await get(after.queue), active({ ...full, paused: true }, 1))
    assert.deepEqual(await after.a.lock(60), [])
    await refuses(put(after.queue, {}, 0), 'policyVersionDiffers')
    await remove(after.queue, 1)
    const again = await after.reopen!()
    assert.deepEqual(await get(again.queue), active({}, 2))
    assert.deepEqual(await again.a.lock(60), ['1'])
  })
}

function active(document: unknown, version: number): PolicyView {
  return { document, version, state: 'active', progress: null }
}

function get({ store, userId, queue }: TestQueue): Promise<PolicyView> {
  return store.getPolicy({ userId, queue })
}

function put(
  { store, userId, queue }: TestQueue,
  document: object,
  version: number | null = null,
): Promise<PolicyView> {
  return store.putPolicy({ userId, queue, document, policy: policyOf(document), version })
}

function remove({ store, userId, queue }: TestQueue, version: number | null = null): Promise<PolicyView> {
  return store.deletePolicy({ userId, queue, version })
}
