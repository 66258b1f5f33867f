import assert from 'node:assert/strict'
import { content, type TestQueue } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'

const daily = { revisit: [{ hosts: 'example.com', afterSecs: 86_400 }] }
const dayMs = 86_400_000

/** Section 13: handled requests that become pending again (13.9). */
export function revisitRules(rule: Rule, durableRule: Rule): void {
  rule('13.9 a handled request is pending again that long after its handledAt, at the end', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, daily)
    await a.add('1', '2')
    await a.lock(60)
    await a.finish('1', clock.wallMs())
    await a.update('2', { handledAt: clock.wallMs() + 1 })
    assert.deepEqual(await queue.counts(), { total: 2, handled: 2, pending: 0 })
    await a.add('3')
    clock.advance(dayMs - 1)
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 3, handled: 2, pending: 1 })
    clock.advance(1)
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 3, handled: 1, pending: 2 })
    assert.equal((await queue.get('1')).handledAt, null)
    clock.advance(1)
    await revisit(scene)
    assert.deepEqual(await a.lock(60), ['3', '1', '2'])
  })

  rule('13.9 several that are due come in the order of their moments', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, daily)
    const now = clock.wallMs()
    await a.addContents([
      content('late', { handledAt: now - 1000 }),
      content('early', { handledAt: now - 5 * dayMs }),
      content('middle', { handledAt: now - dayMs }),
      content('pending'),
    ])
    await revisit(scene)
    assert.deepEqual(await a.head(), ['pending', 'early', 'middle'])
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['pending', 'early', 'middle', 'late'])
  })

  rule('13.9 a handledAt in the future counts too', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, daily)
    await a.addContents([content('1', { handledAt: clock.wallMs() + dayMs })])
    clock.advance(2 * dayMs - 1)
    await revisit(scene)
    assert.deepEqual(await a.head(), [])
    clock.advance(1)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['1'])
  })

  rule('13.9 it keeps its content, and the change moves modifiedAt but is no access', async (scene) => {
    const { queue, a, clock, store, user } = scene
    await put(queue, daily)
    const errors = '"errorMessages":["it failed"]'
    await a.add('1')
    await a.update('1', { handledAt: clock.wallMs(), retryCount: 3, otherFields: errors })
    const before = await queue.view()
    clock.advance(dayMs)
    await revisit(scene)
    const address = { userId: user.id, queue: queue.queue }
    const { queue: after } = await store.inspectQueue(address)
    assert.equal(after.modifiedAt, before.modifiedAt + dayMs)
    assert.equal(after.accessedAt, before.accessedAt)
    assert.deepEqual(after.stats, before.stats)
    const { handledAt, retryCount, otherFields } = await queue.get('1')
    assert.deepEqual([handledAt, retryCount, otherFields], [null, 3, errors])
  })

  rule('13.9 it can be locked, handled, and comes again', async (scene) => {
    const { queue, a, b, clock } = scene
    await put(queue, daily)
    await a.add('1')
    for (const client of [a, b, a]) {
      assert.deepEqual(await client.lock(60), ['1'])
      await client.finish('1', clock.wallMs())
      assert.deepEqual(await client.lock(60), [])
      assert.equal((await client.lockHead(60)).queueHasLockedRequests, false)
      clock.advance(dayMs)
      await revisit(scene)
    }
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
  })

  rule('13.9 what is made pending, or deleted, before its time is not touched', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, daily)
    await a.add('1', '2', '3')
    for (const key of ['1', '2', '3']) await a.finish(key, clock.wallMs())
    await a.update('1', { handledAt: null }, 'forefront')
    await queue.client('x').delete('2')
    await a.update('3', { handledAt: clock.wallMs() + 1000 })
    assert.deepEqual(await a.lock(2 * 86_400), ['1'])
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await a.head(), [])
    assert.deepEqual(await queue.counts(), { total: 2, handled: 1, pending: 1 })
    clock.advance(1000)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['3'])
  })

  rule('13.9 the first entry whose hosts match counts, and other hosts stay handled', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, {
      revisit: [
        { hosts: 'news.example', afterSecs: 60 },
        { hosts: '*.example', afterSecs: 600 },
      ],
    })
    const hosts = ['news.example', 'www.example', 'other.test']
    await a.addContents(hosts.map((host) => content(host, { url: `https://${host}/` })))
    for (const host of hosts) {
      await a.update(host, { url: `https://${host}/`, handledAt: clock.wallMs() })
    }
    clock.advance(60_000)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['news.example'])
    clock.advance(540_000)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['news.example', 'www.example'])
  })

  rule('13.9 a policy put later counts for requests that were handled before', async (scene) => {
    const { queue, a, clock } = scene
    await a.add('1', '2')
    await a.finish('1', clock.wallMs())
    clock.advance(2 * dayMs)
    await a.finish('2', clock.wallMs())
    assert.equal((await put(queue, daily)).state, 'active')
    await revisit(scene)
    assert.deepEqual(await a.head(), ['1'])
    await put(queue, { revisit: [{ hosts: '*', afterSecs: 3 * 86_400 }] })
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['1'])
    await put(queue, daily)
    await revisit(scene)
    assert.deepEqual(await a.head(), ['1', '2'])
  })

  rule('13.9 after a DELETE nothing comes back', async (scene) => {
    const { queue, a, clock, store, user } = scene
    await put(queue, daily)
    await a.add('1')
    await a.finish('1', clock.wallMs())
    await store.deletePolicy({ userId: user.id, queue: queue.queue, version: null })
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    await put(queue, { paused: true })
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
  })

  rule('13.9 more than a step has, in a queue that follows its policy in steps', async (scene) => {
    const { queue, a, clock } = scene
    const keys = Array.from({ length: 1300 }, (_, index) => `page-${index}`)
    await a.addContents(keys.map((key) => content(key, { handledAt: clock.wallMs() })))
    await put(queue, daily)
    await active(queue)
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 1300, handled: 0, pending: 1300 })
    await a.update('page-0', { handledAt: clock.wallMs() })
    await put(queue, {})
    await active(queue)
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await queue.counts(), { total: 1300, handled: 1, pending: 1299 })
  })

  rule('13.9 several servers at the same time: each request once', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, daily)
    const keys = Array.from({ length: 700 }, (_, index) => `page-${index}`)
    await a.addContents(keys.map((key) => content(key, { handledAt: clock.wallMs() })))
    clock.advance(dayMs)
    await Promise.all([revisit(scene), revisit(scene), revisit(scene), revisit(scene)])
    assert.deepEqual(await queue.counts(), { total: 700, handled: 0, pending: 700 })
    assert.deepEqual((await a.head()).toSorted(), keys.toSorted())
  })

  durableRule('13.9 revisits survive a restart', async (scene) => {
    await put(scene.queue, daily)
    await scene.a.add('1')
    await scene.a.finish('1', scene.clock.wallMs())
    const after = await scene.reopen!()
    after.clock.advance(dayMs)
    await revisit(after)
    assert.deepEqual(await after.a.lock(60), ['1'])
  })

  rule('13.9 with rules: it belongs to its group again, with its priority', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, {
      ...daily,
      rules: [{ hosts: '*', concurrency: 1 }],
      priorities: [{ label: 'list', priority: 5 }],
    })
    const list = { otherFields: '"userData":{"label":"list"}' }
    await a.addContents([content('1'), content('2', list), content('3')])
    assert.deepEqual(await a.lock(60), ['2'])
    await a.update('2', { ...list, handledAt: clock.wallMs() })
    await a.finish('1', clock.wallMs())
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await a.lock(60), ['2'])
    assert.deepEqual(await a.lock(60), [])
    await a.update('2', { ...list, handledAt: clock.wallMs() })
    assert.deepEqual(await a.lock(60), ['3'])
    await a.finish('3', clock.wallMs())
    assert.deepEqual(await a.lock(60), ['1'])
  })

  rule('13.9 and 13.12: what was given up comes back too', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, { ...daily, lockExpiriesMax: 1 })
    await a.add('1')
    assert.deepEqual(await a.lock(60), ['1'])
    clock.advance(60_000)
    assert.deepEqual(await a.lock(60), [])
    clock.advance(dayMs)
    await revisit(scene)
    assert.deepEqual(await a.lock(60), ['1'])
  })
}

/** What a server does every half a second. */
async function revisit({ store }: Pick<Scene, 'store'>): Promise<void> {
  while (await store.revisitRequests()) {}
}

function put({ store, userId, queue: address }: TestQueue, document: object) {
  return store.putPolicy({ userId, queue: address, document, policy: policyOf(document), version: null })
}

async function active({ store, userId, queue: address }: TestQueue): Promise<void> {
  while ((await store.getPolicy({ userId, queue: address })).state !== 'active') {}
}
