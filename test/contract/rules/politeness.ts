import assert from 'node:assert/strict'
import { content, keysOf, type QueueClient, refuses, type TestQueue } from '../../../harness/conversation.ts'
import type { PolicyDocument } from '../../../harness/model/policy-document.ts'
import { withPriority } from '../../../harness/model/priority-field.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import type { Side } from '../../../src/domain/order.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { RequestContent } from '../../../src/domain/request.ts'
import type { ManualClock } from '../../../src/store/clock.ts'

/** Section 13: what a group gets, and when. The first letter of a key is its host: `a1` is on `a.test`. */
export function politenessRules(rule: Rule, durableRule: Rule): void {
  rule('13.5 a group never has more locks than its rule allows', async ({ queue, a, b, clock }) => {
    await put(queue, { rules: [{ hosts: ['a.test'], concurrency: 2 }] })
    await add(a, 'a1', 'a2', 'b1', 'a3', 'b2', 'a4')
    assert.deepEqual(await a.lock(10), ['a1', 'a2', 'b1', 'b2'])
    assert.deepEqual(await b.lock(10), [])
    // A lock that is prolonged goes on counting.
    await a.prolong('a1', 60)
    await finish(a, 'a2')
    assert.deepEqual(await b.lock(60), ['a3'])
    clock.advance(10_000)
    assert.deepEqual(await b.lock(60), ['b1', 'b2'])
    await a.deleteLock('a1')
    assert.deepEqual(await b.lock(60), ['a4'])
  })

  for (const [how, ends] of Object.entries(endsOfWork)) {
    rule(`13.4 a delay counts from the last end of work: ${how}`, async ({ queue, a, b, clock }) => {
      await put(queue, { rules: [{ hosts: ['a.test'], delaySecs: 2.5 }] })
      await add(a, 'a1', 'a2')
      assert.deepEqual(await a.lock(4), ['a1'])
      await ends(a, clock)
      assert.deepEqual(await b.lock(60), [])
      clock.advance(2499)
      assert.deepEqual(await b.lock(60), [])
      clock.advance(1)
      assert.equal((await b.lock(60)).length, 1)
    })
  }

  rule('13.4 a delay counts from the last hand-out, also where several may be in work', async (scene) => {
    const { queue, a, b, clock } = scene
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 2, delaySecs: 1 }] })
    await add(a, 'a1', 'a2', 'a3', 'b1')
    assert.deepEqual(await a.lock(60), ['a1', 'b1'])
    clock.advance(999)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['a2'])
    clock.advance(1000)
    assert.deepEqual(await b.lock(60), [])
  })

  rule('4.6 a lost answer frees the group, but its hand-out counts', async ({ queue, a, b, clock }) => {
    await put(queue, { rules: [{ hosts: ['*'], delaySecs: 1 }] })
    await add(a, 'a1', 'a2')
    const { lockExpiresAt } = await a.lockHead(60)
    clock.advance(500)
    await a.returnLocks(['a1'], lockExpiresAt)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(500)
    assert.deepEqual(await b.lock(60), ['a1'])
  })

  rule('13.4 the first rule whose hosts match counts', async ({ queue, a }) => {
    const rules = [
      { hosts: ['b.test'] },
      { hosts: ['*.c.test'], concurrency: 2 },
      { hosts: ['*'], concurrency: 1 },
    ]
    await put(queue, { rules })
    const urls = ['a.test', 'b.test', 'c.test', 'www.c.test', 'abc.test']
    const requests = urls.flatMap((host) =>
      [1, 2, 3].map((number) => content(`${host} ${number}`, { url: `https://${host}/${number}` })),
    )
    await a.addContents(requests)
    const taken = (await a.lock(60)).map((key) => key.split(' ')[0]!)
    assert.deepEqual(
      Object.entries(Object.groupBy(taken, (host) => host)).map(([, all]) => all!.length),
      [1, 3, 2, 2, 1],
    )
  })

  rule('13.6 a request that was passed over has its old place again', async ({ queue, a, b }) => {
    await put(queue, { rules: [{ hosts: ['a.test'], concurrency: 1 }] })
    await add(a, 'a1', 'a2', 'b1', 'b2')
    assert.deepEqual(await a.lock(60, 2), ['a1', 'b1'])
    await finish(a, 'a1')
    await add(a, 'b3')
    assert.deepEqual(await b.lock(60), ['a2', 'b2', 'b3'])
  })

  rule('12.3, 12.4 what is held back is shown after what is available', async ({ queue, a, b }) => {
    await put(queue, {
      rules: [
        { hosts: ['a.test'], concurrency: 1 },
        { hosts: ['c.test'], paused: true },
      ],
    })
    await add(a, 'a1', 'c1', 'a2', 'b1')
    await a.addContents([onHost('b2', { wishes: { delayMs: 1000 } })])
    assert.deepEqual(await a.lock(60, 1), ['a1'])
    assert.deepEqual(await b.head(), ['b1', 'c1', 'a2', 'b2'])
    await finish(b, 'b1')
    await finish(a, 'a1')
    await finish(a, 'a2')
    const head = await b.lockHead(60)
    assert.deepEqual([keysOf(head), head.queueHasLockedRequests], [[], true])
  })

  rule('13.8 a cooldown holds a group back, and the latest of several counts', async (scene) => {
    const { queue, a, clock } = scene
    await add(a, 'a1', 'a2', 'b1')
    await coolDown(scene, 'a.test', 5000)
    await coolDown(scene, 'a.test', 2000)
    assert.deepEqual(await a.lock(60), ['b1'])
    clock.advance(4999)
    assert.deepEqual(await a.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await a.lock(60, 1), ['a1'])
    await coolDown(scene, 'a.test', 5000)
    assert.deepEqual(await a.lock(60), [])
    await queue.store.endCooldown({ userId: queue.userId, queue: queue.queue, group: 'a.test' })
    assert.deepEqual(await a.lock(60), ['a2'])
  })

  rule('13.11 higher priorities come first, and the forefront before all', async ({ queue, a }) => {
    const priorities = [
      { hosts: ['b.test'], priority: 5 },
      { label: 'late', priority: -5 },
    ]
    await put(queue, { priorities })
    await add(a, 'a1', 'b1')
    await a.addContents([onHost('a2', { otherFields: '"userData":{"label":"late"}' })])
    await a.addContents([
      onHost('a3', { wishes: { priority: 10 } }),
      onHost('b2', { wishes: { priority: -10 } }),
    ])
    await add(a, 'a4', 'b3')
    await addAt(a, 'forefront', 'a5')
    assert.deepEqual(await a.lock(60), ['a5', 'a3', 'b1', 'b3', 'a1', 'a4', 'a2', 'b2'])
  })

  rule('13.8, 13.10 cooldowns and priorities of requests outlive the policy', async (scene) => {
    const { queue, a, clock } = scene
    const { store, userId } = queue
    await put(queue, {
      rules: [{ hosts: ['*'], concurrency: 1 }],
      priorities: [{ hosts: ['*'], priority: 1 }],
    })
    await add(a, 'a1', 'b1')
    const otherFields = withPriority('', 5)
    await a.addContents([onHost('b2', { wishes: { priority: 5 }, otherFields })])
    await coolDown(scene, 'a.test', 5000)
    await store.deletePolicy({ userId, queue: queue.queue, version: null })
    await add(a, 'c1')
    assert.deepEqual(await a.lock(60), ['b2', 'b1', 'c1'])
    clock.advance(5000)
    assert.deepEqual(await a.lock(60), ['a1'])
  })

  rule(
    '13.4 a lock counts where it was handed out, also if another client changes the URL',
    async (scene) => {
      const { queue, a, b } = scene
      await put(queue, { rules: [{ hosts: ['*'], concurrency: 1 }] })
      await add(a, 'a1', 'a2', 'b1')
      assert.deepEqual(await a.lock(60, 1), ['a1'])
      await b.update('a1', content('a1', { url: 'https://b.test/a1' }))
      assert.deepEqual(await b.lock(60), ['b1'])
      await a.deleteLock('a1')
      assert.deepEqual(await b.lock(60), ['a2'])
    },
  )

  rule('13.7 failures double the delay of a group, and successes halve it', async ({ queue, a, clock }) => {
    await put(queue, { adaptive: { maxDelaySecs: 3 } })
    await add(a, 'a1', 'a2', 'a3', 'a4', 'a5', 'b1')
    const take = async (waitMs: number) => {
      clock.advance(waitMs - 1)
      assert.deepEqual(await a.lock(60, 1), [])
      clock.advance(1)
      return (await a.lock(60, 1))[0]!
    }
    assert.equal((await a.lock(60)).length, 6)
    await failed(a, 'a1', 1)
    await finish(a, 'b1')
    await failed(a, await take(1000), 2)
    await failed(a, await take(2000), 3)
    await finish(a, await take(3000))
    await a.deleteLock('a2')
    assert.equal(await take(1500), 'a2')
  })

  rule('13.12 a request whose lock runs out too often is given up', async ({ queue, a, b, clock }) => {
    await put(queue, { lockExpiriesMax: 2 })
    await add(a, 'a1', 'a2')
    for (const expected of [['a1', 'a2'], ['a1']]) {
      assert.deepEqual(await a.lock(1), expected)
      if (expected.length === 2) await finish(a, 'a2')
      clock.advance(1000)
    }
    assert.equal((await a.get('a1')).handledAt, null)
    const head = await b.lockHead(1)
    assert.deepEqual([keysOf(head), head.queueHasLockedRequests], [[], false])
    const { handledAt, otherFields } = await a.get('a1')
    assert.equal(handledAt, clock.wallMs())
    assert.equal(JSON.parse(`{${otherFields}}`).errorMessages.length, 1)
    assert.deepEqual(await queue.counts(), { total: 2, handled: 2, pending: 0 })
  })

  rule('13.12 a sign of work starts the count again', async ({ queue, a, clock }) => {
    await put(queue, { lockExpiriesMax: 2 })
    await add(a, 'a1')
    const runOut = async () => {
      assert.deepEqual(await a.lock(1), ['a1'])
      clock.advance(1000)
    }
    await runOut()
    assert.deepEqual(await a.lock(1), ['a1'])
    await a.prolong('a1', 1)
    clock.advance(1000)
    await runOut()
    assert.deepEqual(await a.lock(1), [])
  })

  rule('5.1, 13.5 a lost lock is not taken back where the group is full', async ({ queue, a, b, clock }) => {
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 1 }] })
    await add(a, 'a1', 'a2')
    await a.lock(1)
    clock.advance(1000)
    assert.deepEqual(await b.lock(60), ['a2'])
    await refuses(a.prolong('a1', 60), 'lockNotHeld')
    await finish(b, 'a2')
    await a.prolong('a1', 60)
    assert.deepEqual(await b.lock(60), [])
  })

  rule('13.2 a new policy counts what is locked', async ({ queue, a, b }) => {
    await add(a, 'a1', 'a2', 'a3', 'a4')
    assert.deepEqual(await a.lock(60, 2), ['a1', 'a2'])
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 2 }] })
    assert.deepEqual(await b.lock(60), [])
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 3 }] })
    assert.deepEqual(await b.lock(60), ['a3'])
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 1 }] })
    await finish(a, 'a1')
    await finish(a, 'a2')
    assert.deepEqual(await b.lock(60), [])
    await put(queue, {})
    assert.deepEqual(await b.lock(60), ['a4'])
  })

  durableRule('12.6 a restart forgets nothing of groups', async (scene) => {
    await put(scene.queue, { rules: [{ hosts: ['a.test'], delaySecs: 2 }] })
    await add(scene.a, 'a1', 'a2', 'b1', 'b2')
    await coolDown(scene, 'b.test', 3000)
    assert.deepEqual(await scene.a.lock(1), ['a1'])
    await finish(scene.a, 'a1')
    const { a, clock } = await scene.reopen!()
    clock.advance(1999)
    assert.deepEqual(await a.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await a.lock(60), ['a2'])
    clock.advance(1000)
    assert.deepEqual(await a.lock(60), ['b1', 'b2'])
  })
}

/** Each ends the work on `a1`, whose lock lasts 4 seconds. */
const endsOfWork: Record<string, (a: QueueClient, clock: ManualClock) => Promise<unknown>> = {
  'run out': async (_, clock) => clock.advance(4000),
  handled: async (a, clock) => {
    clock.advance(3000)
    await finish(a, 'a1')
  },
  'given back': async (a, clock) => {
    clock.advance(3000)
    await a.update('a1', onHost('a1'))
  },
  'lock deleted': async (a, clock) => {
    clock.advance(3000)
    await a.deleteLock('a1')
  },
  unlocked: async (a, clock) => {
    clock.advance(3000)
    await a.unlock()
  },
  'request deleted': async (a, clock) => {
    clock.advance(3000)
    await a.delete('a1')
  },
}

function onHost(key: string, changes: Partial<RequestContent> = {}): RequestContent {
  return content(key, { url: `https://${key[0]}.test/${key}`, ...changes })
}

function add(client: QueueClient, ...keys: string[]): Promise<unknown> {
  return addAt(client, 'end', ...keys)
}

function addAt(client: QueueClient, side: Side, ...keys: string[]): Promise<unknown> {
  return client.addContents(
    keys.map((key) => onHost(key)),
    side,
  )
}

function finish(client: QueueClient, key: string): Promise<unknown> {
  return client.update(key, onHost(key, { handledAt: Date.UTC(2030, 0, 1) }))
}

/** Gives the request back with a higher retry count. */
function failed(client: QueueClient, key: string, retryCount: number): Promise<unknown> {
  return client.update(key, onHost(key, { retryCount }))
}

function put({ store, userId, queue }: TestQueue, document: PolicyDocument): Promise<unknown> {
  return store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}

function coolDown(
  { queue: { store, userId, queue }, clock }: Scene,
  group: string,
  ms: number,
): Promise<unknown> {
  return store.setCooldown({ userId, queue, group, until: clock.wallMs() + ms })
}
