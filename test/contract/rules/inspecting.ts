import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'

function inspect(
  { store, user, queue }: Scene,
  max: { locked?: number; shown?: number; next?: number } = {},
) {
  const { locked = 100, shown = 10, next = 10 } = max
  const ask = { userId: user.id, queue: queue.queue }
  return store.inspectRequests({ ...ask, lockedMax: locked, lockedShownMax: shown, nextMax: next })
}

/** What the page of a queue shows of its requests. */
export function inspectingRules(rule: Rule): void {
  rule(
    'an overview shows the locked requests, by client and end of the lock, and what comes next',
    async (scene) => {
      const { a, b } = scene
      await a.add('1', '2', '3', '4', '5')
      await b.addContents([content('6', { method: 'PUT', retryCount: 2 })], 'forefront')
      await b.addContents([content('7')], 'forefront')
      await b.lock(30, 1)
      await b.lock(10, 1)
      await a.lock(60, 1)
      await b.add('8')
      await a.finish('5')
      const overview = await inspect(scene)
      const locked = overview.locked.map(({ clientKey, url }) => [clientKey, url?.text])
      assert.deepEqual(locked, [
        ['client-a', content('1').url],
        ['client-b', content('6').url],
        ['client-b', content('7').url],
      ])
      const { id, lockExpiresAt } = overview.locked[0]!
      assert.deepEqual([id, lockExpiresAt], [content('1').id, scene.clock.wallMs() + 60_000])
      assert.equal(overview.hasMoreLocked, false)
      assert.deepEqual(
        overview.next.map(({ url }) => url.text),
        ['2', '3', '4', '8'].map((key) => content(key).url),
      )
      scene.clock.advance(30_000)
      const later = await inspect(scene, { next: 2 })
      assert.deepEqual(
        later.locked.map(({ clientKey }) => clientKey),
        ['client-a'],
      )
      const [first] = later.next
      assert.deepEqual([first!.url.text, first!.method, first!.retryCount], [content('7').url, 'GET', 0])
      assert.equal(later.next.length, 2)
    },
  )

  rule('an overview keeps to its bounds, and says when there is more', async (scene) => {
    const { a, b } = scene
    await a.add(...Array.from({ length: 50 }, (_, index) => `page-${index}`))
    await a.lock(60, 20)
    await b.lock(50, 20)
    const whole = await inspect(scene, { locked: 40, shown: 25, next: 3 })
    assert.deepEqual([whole.locked.length, whole.hasMoreLocked, whole.next.length], [40, false, 3])
    const keys = whole.locked.map(({ clientKey }) => clientKey)
    assert.deepEqual(keys, [...Array(20).fill('client-a'), ...Array(20).fill('client-b')])
    assert.equal(whole.locked.filter(({ url }) => url !== undefined).length, 25)
    assert.ok(whole.locked.slice(0, 25).every(({ url }) => url!.text!.startsWith('https://')))
    const part = await inspect(scene, { locked: 39, shown: 100 })
    assert.deepEqual([part.locked.length, part.hasMoreLocked], [39, true])
  })

  rule('an overview reads the beginning of a URL, and skips URLs behind more than 64 KB', async (scene) => {
    const { a } = scene
    const url = (length: number) => `https://example.com/${'é'.repeat(length)}`
    const lengths = [10, 280, 281, 20_000, 4_000_000]
    await a.addContents(lengths.map((length) => content(`page-${length}`, { url: url(length) })))
    await a.addContents([content('k'.repeat(1_000_000))])
    const expected = lengths.map((length) => ({
      text: length > 30_000 ? null : url(length).slice(0, 301),
      bytes: Buffer.byteLength(url(length)),
    }))
    const { next } = await inspect(scene)
    assert.deepEqual(
      next.slice(0, -1).map(({ url }) => url),
      expected,
    )
    assert.equal(next.at(-1)!.url.text, null)
    // The longest one is more than a head/lock takes beside others.
    await a.lock(10, lengths.length - 1)
    await a.lock(10, 1)
    const { locked } = await inspect(scene)
    const byBytes = locked.map(({ url }) => url!).sort((a, b) => a.bytes - b.bytes)
    assert.deepEqual(byBytes, expected)
  })

  rule('7.2, 7.7 a queue that is only inspected expires', async (scene) => {
    const { a, clock, user, queue, store } = scene
    const params = { userId: user.id, queue: queue.queue }
    await a.add('1')
    const { accessedAt } = await queue.view()
    const view = await queue.view()
    for (let second = 1; second <= 10; second++) {
      clock.advance(1000)
      const inspected = await store.inspectQueue(params)
      assert.deepEqual(inspected, { queue: view, readAt: accessedAt + second * 1000 })
      await inspect(scene)
    }
    assert.equal(await store.expireQueues({ retentionMs: 10_001 }), 0)
    assert.equal(await store.expireQueues({ retentionMs: 10_000 }), 1)
    await refuses(store.inspectQueue(params), 'queueNotFound')
  })

  rule('14.8 the queues that changed last, with a name, of one user or of all', async (scene) => {
    const { clock, user, store } = scene
    const bob = await store.ensureUser({ username: 'bob' })
    const made: Record<string, string> = {}
    for (const [userId, name] of [
      [user.id, 'first'],
      [bob.id, 'of-bob'],
      [user.id, 'Second'],
      [user.id, null],
    ] as const) {
      const { queue } = await store.getOrCreateQueue({ userId, name })
      made[name ?? 'none'] = queue.id
      clock.advance(1000)
    }
    const queue = { queueId: made['first']! }
    const client = { clientKey: 'a', runId: null }
    const requests = [content('w'), content('x'), content('y', { handledAt: clock.wallMs() })]
    await store.addRequests({ userId: user.id, queue, client, requests, side: 'end' })
    await store.lockHead({ userId: user.id, queue, client, limit: 1, lockMs: 60_000 })
    // Saves what is counted, so that nothing has to be waited for.
    await store.figures({ userId: user.id, queue, stepSecs: 1, stepCount: 1 })
    const { modifiedAt } = (await store.inspectQueue({ userId: user.id, queue })).queue
    const [latest, ...others] = await store.recentQueues({ userId: null, limit: 10 })
    assert.deepEqual(latest, {
      id: made['first'],
      name: 'first',
      ownerName: 'alice',
      totalRequestCount: 3,
      handledRequestCount: 1,
      lockedRequestCount: 1,
      modifiedAt,
    })
    assert.deepEqual(
      others.map(({ name, ownerName }) => `${ownerName}~${name}`),
      ['alice~Second', 'bob~of-bob'],
    )
    const namesOf = async (userId: string | null, limit: number) =>
      (await store.recentQueues({ userId, limit })).map(({ name }) => name)
    assert.deepEqual(await namesOf(user.id, 10), ['first', 'Second'])
    assert.deepEqual(await namesOf(bob.id, 10), ['of-bob'])
    assert.deepEqual(await namesOf(null, 1), ['first'])
    const accessed = (await store.inspectQueue({ userId: user.id, queue })).queue.accessedAt
    clock.advance(60_000)
    const [later] = await store.recentQueues({ userId: user.id, limit: 1 })
    assert.equal(later!.lockedRequestCount, 0, 'the lock has run out')
    assert.equal((await store.inspectQueue({ userId: user.id, queue })).queue.accessedAt, accessed)
    assert.ok((await store.inspectStore()).version)
  })

  rule('7.6 nobody else can inspect a queue', async (scene) => {
    const { queue, store } = scene
    const bob = await store.ensureUser({ username: 'bob' })
    const { id, name } = (await store.getOrCreateQueue({ userId: scene.user.id, name: 'crawl' })).queue
    for (const address of [
      queue.queue,
      { queueId: id },
      { ownerName: null, queueName: name! },
      { ownerName: 'alice', queueName: name! },
    ]) {
      await refuses(store.inspectQueue({ userId: bob.id, queue: address }), 'queueNotFound')
    }
    const named = { ownerName: 'ALICE', queueName: 'CRAWL' }
    assert.equal((await store.inspectQueue({ userId: scene.user.id, queue: named })).queue.id, id)
  })

  rule('7.2, 7.3, 7.4 inspecting changes nothing: no access, no client, no count', async (scene) => {
    const { a, clock, user, store } = scene
    await a.add('1', '2')
    await a.lock(10, 1)
    const list = () =>
      store.listQueues({
        userId: user.id,
        offset: 0,
        limit: 1,
        desc: false,
        unnamed: true,
        ownership: null,
      })
    const before = await list()
    clock.advance(1000)
    await inspect(scene)
    assert.deepEqual(await list(), before)
  })
}
