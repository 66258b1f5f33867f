import assert from 'node:assert/strict'
import { content, keysOf, refuses } from '../../../harness/conversation.ts'
import type { PolicyDocument } from '../../../harness/model/policy-document.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { RequestContent } from '../../../src/domain/request.ts'
import type { Explanation } from '../../../src/store/params/insight.ts'

/** 14.1: what people learn of head/lock, and what head/lock then does. */
export function explainingRules(rule: Rule): void {
  rule('14.1 explain counts the requests in each state', async (scene) => {
    const { a, b, clock } = scene
    await put(scene, { rules: [{ hosts: ['h.test'], concurrency: 1 }] })
    await a.addContents([on('h', 1), on('h', 2), on('h', 3), on('p', 1), on('p', 2), on('p', 3)])
    await a.addContents([on('p', 4, { wishes: { delayMs: 60_000 } })])
    await a.lock(30, 2)
    await b.finish('p1')
    await b.update('p2', {
      handledAt: clock.wallMs(),
      otherFields: '"userData":{},"errorMessages":["Error: no"]',
    })
    const explanation = await explain(scene)
    assert.deepEqual(explanation.counts, {
      available: 1,
      locked: 1,
      scheduled: 1,
      held: 2,
      handled: 2,
      failed: 1,
    })
    assert.deepEqual([explanation.unhandledCount, explanation.capped], [5, []])
    assert.equal(explanation.readAt, clock.wallMs())
  })

  rule('14.1 what explain says of next is what head/lock then does', async (scene) => {
    const { a, b, clock } = scene
    const rules = [
      { hosts: ['a.test'], concurrency: 2 },
      { hosts: ['b.test'], delaySecs: 1 },
    ]
    await put(scene, { rules, lockExpiriesMax: 1 })
    await a.addContents(['a', 'b', 'c'].flatMap((host) => [1, 2, 3, 4].map((number) => on(host, number))))
    await a.addContents([on('c', 5)], 'forefront')
    // Their locks run out, so that they are given up.
    assert.deepEqual(await a.lock(1, 3), ['c5', 'a1', 'a2'])
    for (const ms of [0, 999, 1, 1000]) {
      clock.advance(ms)
      const explained = keysOf({ items: (await explain(scene)).next })
      assert.deepEqual(explained, keysOf({ items: (await explain(scene)).next }))
      assert.deepEqual(await b.lock(60, 25), explained)
    }
    const { next, counts } = await explain(scene)
    assert.deepEqual([next, counts.handled], [[], 1])
  })

  rule('14.1 requests that would be given up are not among next', async (scene) => {
    const { a, clock } = scene
    await put(scene, { lockExpiriesMax: 1 })
    await a.addContents([on('a', 1), on('b', 1)])
    await a.lock(1)
    clock.advance(1000)
    const { next, counts, nextAvailableAt } = await explain(scene)
    assert.deepEqual([next, counts.available, nextAvailableAt], [[], 2, null])
    await a.lock(1)
    assert.deepEqual((await explain(scene)).counts, { ...none, handled: 2, failed: 2 })
  })

  rule('14.1 explain says who holds how many requests, and until when', async (scene) => {
    const { a, b, queue, clock } = scene
    const ofRun = queue.client('client-a', 'run-1')
    await a.add('1', '2', '3', '4', '5', '6')
    await b.lock(20, 1)
    await a.lock(60, 1)
    await a.lock(30, 2)
    await ofRun.lock(10, 1)
    const at = (seconds: number) => clock.wallMs() + seconds * 1000
    const ofB = { clientKey: 'client-b', runId: null, count: 1, nextExpiryAt: at(20) }
    const ofA = { clientKey: 'client-a', runId: null, count: 3, nextExpiryAt: at(30) }
    const run = { clientKey: 'client-a', runId: 'run-1', count: 1, nextExpiryAt: at(10) }
    assert.deepEqual((await explain(scene)).locked, [ofA, run, ofB])
    clock.advance(10_000)
    assert.deepEqual((await explain(scene)).locked, [ofA, ofB])
  })

  rule('14.1 explain says which hosts hold requests back, why, and until when', async (scene) => {
    const { a, clock, store, queue } = scene
    const rules = [
      { hosts: ['full.test'], concurrency: 1 },
      { hosts: ['slow.test'], delaySecs: 5 },
      { hosts: ['stopped.test'], paused: true },
      { hosts: ['both.test'], concurrency: 2, delaySecs: 5 },
    ]
    await put(scene, { rules })
    const hosts = ['full', 'slow', 'stopped', 'cooling', 'both']
    await a.addContents(hosts.flatMap((host) => [on(host, 1), on(host, 2)]))
    await a.addContents([on('full', 3)])
    const address = { userId: queue.userId, queue: queue.queue }
    await store.setCooldown({ ...address, group: 'cooling.test', until: clock.wallMs() + 7000 })
    assert.deepEqual(await a.lock(4), ['full1', 'slow1', 'both1'])
    await a.finish('slow1')
    const at = (seconds: number) => clock.wallMs() + seconds * 1000
    const { held, nextAvailableAt } = await explain(scene)
    assert.deepEqual(held, [
      { host: 'cooling.test', reason: 'cooldown', count: 2, until: at(7) },
      { host: 'full.test', reason: 'concurrency', count: 2, until: at(4) },
      { host: 'stopped.test', reason: 'paused', count: 2, until: null },
      // Its lock runs out before its delay is over, which begins anew then.
      { host: 'both.test', reason: 'delay', count: 1, until: at(9) },
      { host: 'slow.test', reason: 'delay', count: 1, until: at(5) },
    ])
    assert.equal(nextAvailableAt, at(4))
  })

  rule('14.1 explain says when time alone makes a request available', async (scene) => {
    const { a, clock } = scene
    const start = clock.wallMs()
    assert.equal((await explain(scene)).nextAvailableAt, null)
    await a.addContents([on('a', 1, { wishes: { delayMs: 9000 } }), on('a', 2)])
    assert.equal((await explain(scene)).nextAvailableAt, null)
    await a.lock(5)
    assert.equal((await explain(scene)).nextAvailableAt, start + 5000)
    await a.finish('a2')
    assert.equal((await explain(scene)).nextAvailableAt, start + 9000)
    clock.advance(9000)
    const { nextAvailableAt, counts } = await explain(scene)
    assert.deepEqual([nextAvailableAt, counts], [null, { ...none, available: 1, handled: 1 }])
  })

  rule('14.1, 13.13 a paused queue holds everything back', async (scene) => {
    const { a } = scene
    await a.add('1', '2', '3')
    await a.lock(60, 1)
    await put(scene, { paused: true })
    const { isPaused, counts, held, next, nextAvailableAt } = await explain(scene)
    assert.deepEqual(
      { isPaused, counts, held, next, nextAvailableAt },
      { isPaused: true, counts: { ...none, held: 2, locked: 1 }, held: [], next: [], nextAvailableAt: null },
    )
  })

  rule('14.4 what is failed, and what is not any more', async (scene) => {
    const { a, clock } = scene
    const handledAt = clock.wallMs()
    const errors = '"errorMessages":["Error: 404"]'
    const others: Record<string, string> = {
      failed: `"userData":{},${errors}`,
      'failed in Crawlee': `"userData":{"__crawlee":{"state":6}},${errors}`,
      'came through at last': `"userData":{"__crawlee":{"state":4}},${errors}`,
      'no errors': '"userData":{"errorMessages":["of somebody else"]},"errorMessages":[]',
      nothing: '"userData":{}',
    }
    await a.addContents(
      Object.entries(others).map(([key, otherFields]) => content(key, { handledAt, otherFields })),
    )
    assert.deepEqual((await explain(scene)).counts, { ...none, handled: 5, failed: 2 })
    await a.update('failed', { otherFields: others['failed']! })
    assert.deepEqual((await explain(scene)).counts, { ...none, available: 1, handled: 4, failed: 1 })
    await a.update('failed', { handledAt, otherFields: others['failed']! })
    await a.delete('failed in Crawlee')
    assert.deepEqual((await explain(scene)).counts, { ...none, handled: 4, failed: 1 })
  })

  rule('7.2, 7.3, 7.4 explaining changes nothing: no access, no client, no count', async (scene) => {
    const { a, clock, queue, store } = scene
    await put(scene, { rules: [{ hosts: ['*'], delaySecs: 1 }] })
    await a.add('1', '2')
    await a.lock(10, 1)
    const { id } = await queue.view()
    const before = await queue.viewInList(id)
    clock.advance(20_000)
    await explain(scene)
    assert.deepEqual(await queue.viewInList(id), before)
    assert.equal(await store.expireQueues({ retentionMs: 20_000 }), 1)
    await refuses(explain(scene), 'queueNotFound')
  })

  rule('7.6 nobody else can have a queue explained', async ({ queue, store }) => {
    const bob = await store.ensureUser({ username: 'bob' })
    await refuses(store.explainQueue({ userId: bob.id, queue: queue.queue }), 'queueNotFound')
  })
}

const none = { available: 0, locked: 0, scheduled: 0, held: 0, handled: 0, failed: 0 }

function explain({ store, queue }: Scene): Promise<Explanation> {
  return store.explainQueue({ userId: queue.userId, queue: queue.queue })
}

function on(host: string, number: number, changes: Partial<RequestContent> = {}): RequestContent {
  return content(`${host}${number}`, { url: `https://${host}.test/${number}`, ...changes })
}

function put({ queue: { store, userId, queue } }: Scene, document: PolicyDocument): Promise<unknown> {
  return store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}
