import assert from 'node:assert/strict'
import { refuses, TestQueue } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import type { Store } from '../../../src/store/store.ts'

const day = 86_400_000

/** Section 7: the queue object, its name and address, the list of queues, expiry and deletion. */
export function queueRules(rule: Rule, durableRule: Rule): void {
  // 7.5 Names

  rule('7.5 a new queue has everything that is known of it, and is empty', async ({ store, user, clock }) => {
    const { queue, created } = await store.getOrCreateQueue({ userId: user.id, name: 'Crawl-1' })
    assert.equal(created, true)
    assert.match(queue.id, /^[A-Za-z0-9]{17}$/)
    assert.deepEqual(queue, {
      id: queue.id,
      ownerId: user.id,
      ownerName: 'alice',
      name: 'Crawl-1',
      title: null,
      generalAccess: null,
      createdAt: clock.wallMs(),
      modifiedAt: clock.wallMs(),
      accessedAt: clock.wallMs(),
      totalRequestCount: 0,
      handledRequestCount: 0,
      hadMultipleClients: false,
      stats: { writeCount: 0, readCount: 0, deleteCount: 0, headItemReadCount: 0, storageBytes: 0 },
    })
    assert.deepEqual(await store.getQueue({ userId: user.id, queue: { queueId: queue.id } }), queue)
  })

  rule('7.5 an existing name gives that queue, whatever the case', async ({ store, user, clock }) => {
    const userId = user.id
    const first = await store.getOrCreateQueue({ userId, name: 'Crawl' })
    clock.advance(1000)
    for (const name of ['Crawl', 'crawl', 'CRAWL']) {
      const again = await store.getOrCreateQueue({ userId, name })
      assert.equal(again.created, false)
      assert.equal(again.queue.id, first.queue.id)
      assert.equal(again.queue.name, 'Crawl')
      assert.equal(again.queue.createdAt, first.queue.createdAt)
    }
  })

  rule(
    '7.5 a queue that is made is described at once; one that is there stays as it is',
    async ({ store, user }) => {
      const userId = user.id
      const described = { title: 'My \0 crawl \u0001', generalAccess: 'RESTRICTED' } as const
      for (const name of ['described', null]) {
        const { queue } = await store.getOrCreateQueue({ userId, name, ...described })
        assert.deepEqual([queue.name, queue.title, queue.generalAccess], [name, ...Object.values(described)])
        assert.deepEqual(await store.getQueue({ userId, queue: { queueId: queue.id } }), queue)
      }
      const again = { userId, name: 'described', title: 'other', generalAccess: null }
      const { queue, created } = await store.getOrCreateQueue(again)
      assert.deepEqual([created, queue.title, queue.generalAccess], [false, ...Object.values(described)])
    },
  )

  rule('7.5 sixteen calls for one new name make one queue', async ({ store, user }) => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => store.getOrCreateQueue({ userId: user.id, name: 'shared' })),
    )
    assert.equal(answers.filter((answer) => answer.created).length, 1)
    assert.equal(new Set(answers.map((answer) => answer.queue.id)).size, 1)
  })

  rule('7.5 without a name it is a new queue every time', async ({ store, user }) => {
    const first = await store.getOrCreateQueue({ userId: user.id, name: null })
    const second = await store.getOrCreateQueue({ userId: user.id, name: null })
    assert.deepEqual([first.created, second.created], [true, true])
    assert.notEqual(first.queue.id, second.queue.id)
    assert.equal(second.queue.name, null)
  })

  rule('7.5 names are letters, digits and hyphens, 1 to 63, no hyphen at an end', async (scene) => {
    const { store, user, queue } = scene
    for (const name of ['a', '1', 'A-b-9', 'a--b', 'x'.repeat(63)]) {
      assert.equal((await store.getOrCreateQueue({ userId: user.id, name })).queue.name, name)
    }
    const before = await listIds(scene)
    const long = 'x'.repeat(64)
    for (const name of ['', '-', '-a', 'a-', 'a b', 'a_b', 'a.b', 'a~b', 'a/b', 'é', 'a\n', '\u212a', long]) {
      await refuses(store.getOrCreateQueue({ userId: user.id, name }), 'queueNameInvalid')
      await refuses(store.updateQueue({ userId: user.id, queue: queue.queue, name }), 'queueNameInvalid')
    }
    assert.deepEqual(await listIds(scene), before)
    assert.equal((await queue.view()).name, null)
  })

  rule('7.5 two users may use one name', async ({ store, user }) => {
    const bob = await store.ensureUser({ username: 'bob' })
    const hers = await store.getOrCreateQueue({ userId: user.id, name: 'crawl' })
    const his = await store.getOrCreateQueue({ userId: bob.id, name: 'crawl' })
    assert.equal(his.created, true)
    assert.notEqual(hers.queue.id, his.queue.id)
    assert.deepEqual([his.queue.ownerId, his.queue.ownerName], [bob.id, 'bob'])
  })

  rule('7.5 renaming takes the name at once, and frees the old one', async ({ store, user, queue }) => {
    const ask = { userId: user.id, queue: queue.queue }
    assert.equal((await store.updateQueue({ ...ask, name: 'first' })).name, 'first')
    assert.equal((await store.updateQueue({ ...ask, name: 'second' })).name, 'second')
    assert.equal((await queue.view()).name, 'second')
    const { created } = await store.getOrCreateQueue({ userId: user.id, name: 'first' })
    assert.equal(created, true)
    const same = await store.getOrCreateQueue({ userId: user.id, name: 'SECOND' })
    assert.equal(same.queue.id, (await queue.view()).id)
  })

  rule('7.5 renaming to a name in use is refused, to its own in another case is not', async (scene) => {
    const { store, user, queue, newQueue } = scene
    await newQueue('taken')
    const ask = { userId: user.id, queue: queue.queue }
    await store.updateQueue({ ...ask, name: 'mine' })
    await refuses(store.updateQueue({ ...ask, name: 'Taken' }), 'queueNameNotUnique')
    await refuses(store.updateQueue({ ...ask, name: 'taken', title: 'new' }), 'queueNameNotUnique')
    assert.equal((await queue.view()).title, null)
    assert.equal((await store.updateQueue({ ...ask, name: 'mine' })).name, 'mine')
    assert.equal((await store.updateQueue({ ...ask, name: 'MINE' })).name, 'MINE')
    const same = await store.getOrCreateQueue({ userId: user.id, name: 'mine' })
    assert.equal(same.created, false)
  })

  rule('7.5 a deleted queue frees its name; the new one of that name is empty', async ({ newQueue }) => {
    const first = await newQueue('crawl')
    await first.client('a').add('1')
    const { id } = await first.view()
    await first.delete()
    const second = await newQueue('crawl')
    assert.notEqual((await second.view()).id, id)
    assert.deepEqual(await second.counts(), { total: 0, handled: 0, pending: 0 })
    const [added] = await second.client('a').add('1')
    assert.equal(added!.wasAlreadyPresent, false)
  })

  rule('7.5 an update changes what it names and nothing else', async ({ store, user, queue, a }) => {
    await a.add('1')
    const ask = { userId: user.id, queue: queue.queue }
    await store.updateQueue({ ...ask, name: 'named', title: 'A title', generalAccess: 'RESTRICTED' })
    const untouched = await store.updateQueue(ask)
    assert.deepEqual(
      [untouched.name, untouched.title, untouched.generalAccess],
      ['named', 'A title', 'RESTRICTED'],
    )
    const cleared = await store.updateQueue({ ...ask, title: null, generalAccess: null })
    assert.deepEqual([cleared.name, cleared.title, cleared.generalAccess], ['named', null, null])
    const unnamed = await store.updateQueue({ ...ask, name: null, title: 'Other' })
    assert.deepEqual([unnamed.name, unnamed.title], [null, 'Other'])
    assert.equal(unnamed.totalRequestCount, 1)
    assert.deepEqual(await a.head(), ['1'])
  })

  durableRule('7.5 of a title that an older version took answers show 200 characters', async (scene) => {
    await scene.a.add('1')
    let before = scene
    const titles = ['é'.repeat(9_000_000), '😀'.repeat(3_000_000), `${'x'.repeat(199)}😀y`, '\0'.repeat(250)]
    for (const title of titles) {
      const { store, user, queue } = before
      await store.updateQueue({ userId: user.id, queue: queue.queue, title })
      const after = await before.reopen!()
      before = after
      const listed = await after.store.listQueues({
        userId: user.id,
        offset: 0,
        limit: 10,
        desc: false,
        unnamed: true,
        ownership: null,
      })
      const shown = [...title].slice(0, 200).join('')
      assert.equal(listed.items[0]!.title, shown)
      assert.equal((await after.queue.view()).title, shown)
      await after.a.lock(10)
      assert.equal((await after.queue.view()).title, shown)
    }
  })

  // 7.6 Addressing

  rule('7.6 a queue is addressed by its ID, by username and name, or by name alone', async (scene) => {
    const { store, user, newQueue } = scene
    const { id } = await (await newQueue('Crawl')).view()
    for (const address of [
      { queueId: id },
      { ownerName: 'alice', queueName: 'Crawl' },
      { ownerName: null, queueName: 'Crawl' },
      { ownerName: null, queueName: 'cRAWL' },
    ]) {
      const addressed = new TestQueue(store, user.id, address)
      assert.equal((await addressed.view()).id, id)
      await addressed.client('a').add('1')
      assert.equal((await addressed.get('1')).uniqueKey, '1')
    }
  })

  rule('7.6 an address can be resolved without an access to its queue', async (scene) => {
    const { store, user, clock, newQueue } = scene
    const userId = user.id
    const crawl = await newQueue('Crawl')
    const { id } = await crawl.view()
    const bob = await store.ensureUser({ username: 'bob' })
    const before = await crawl.viewInList(id)
    clock.advance(1000)
    for (const queue of [
      { queueId: id },
      { ownerName: 'alice', queueName: 'crawl' },
      { ownerName: null, queueName: 'CRAWL' },
    ]) {
      assert.equal(await store.findQueueId({ userId, queue }), id)
      assert.equal(await store.findQueueId({ userId: bob.id, queue }), null)
    }
    for (const queue of [
      { queueId: 'Crawl' },
      { ownerName: null, queueName: id },
      { ownerName: 'nobody', queueName: 'crawl' },
    ]) {
      assert.equal(await store.findQueueId({ userId, queue }), null)
    }
    assert.deepEqual(await crawl.viewInList(id), before)
  })

  rule('7.6 an address that leads nowhere is refused by every call', async ({ store, user, newQueue }) => {
    const { id } = await (await newQueue('crawl')).view()
    for (const address of [
      { queueId: 'crawl' },
      { queueId: id.toLowerCase() === id ? id.toUpperCase() : id.toLowerCase() },
      { queueId: '' },
      { ownerName: 'nobody', queueName: 'crawl' },
      { ownerName: null, queueName: 'other' },
      { ownerName: null, queueName: id },
      { ownerName: null, queueName: '' },
    ]) {
      await refusesEverything(new TestQueue(store, user.id, address))
    }
  })

  rule('7.6 a queue of somebody else is not found', async ({ store, newQueue }) => {
    const hers = await newQueue('crawl')
    await hers.client('a').add('1')
    const { id } = await hers.view()
    const bob = await store.ensureUser({ username: 'bob' })
    for (const address of [
      { queueId: id },
      { ownerName: 'alice', queueName: 'crawl' },
      { ownerName: null, queueName: 'crawl' },
    ]) {
      await refusesEverything(new TestQueue(store, bob.id, address))
    }
    assert.deepEqual(await hers.counts(), { total: 1, handled: 0, pending: 1 })
  })

  // 7.7 Expiry

  rule(
    '7.7 an unnamed queue expires after the retention without access, a named one never',
    async (scene) => {
      const { store, queue, clock, newQueue } = scene
      const named = await newQueue('named')
      const { id: namedId } = await named.view()
      const { id } = await queue.view()
      clock.advance(7 * day - 1)
      assert.equal(await store.expireQueues({ retentionMs: 7 * day }), 0)
      assert.deepEqual(await listIds(scene), [id, namedId])
      clock.advance(1)
      assert.equal(await store.expireQueues({ retentionMs: 7 * day }), 1)
      assert.deepEqual(await listIds(scene), [namedId])
      await refuses(queue.view(), 'queueNotFound')
      assert.equal(await store.expireQueues({ retentionMs: 7 * day }), 0)
      await refusesEverything(queue)
    },
  )

  rule(
    '7.7 every access restarts the retention, a read too; being listed is not an access',
    async (scene) => {
      const { store, user, queue, a, clock } = scene
      await a.add('1')
      const accesses: [string, () => Promise<unknown>][] = [
        ['get queue', () => queue.view()],
        ['get request', () => queue.get('1')],
        ['list requests', () => a.list()],
        ['get head', () => a.head()],
        ['an unlock of nothing', () => a.unlock()],
        ['an add of what is there', () => a.add('1')],
      ]
      for (const [what, access] of accesses) {
        clock.advance(day - 1)
        await access()
        clock.advance(1)
        assert.equal(await store.expireQueues({ retentionMs: day }), 0, what)
      }
      clock.advance(day - 2)
      await store.listQueues({
        userId: user.id,
        offset: 0,
        limit: 10,
        desc: false,
        unnamed: true,
        ownership: null,
      })
      clock.advance(1)
      assert.equal(await store.expireQueues({ retentionMs: day }), 1)
    },
  )

  rule('7.7 queues of every user expire', async ({ store, clock }) => {
    const bob = await store.ensureUser({ username: 'bob' })
    await store.getOrCreateQueue({ userId: bob.id, name: null })
    clock.advance(day)
    assert.equal(await store.expireQueues({ retentionMs: day }), 2)
  })

  // 7.8 List

  rule('7.8 queues are listed by the time of their creation, pages and all', async (scene) => {
    const { store, user, clock, newQueue } = scene
    const names = ['e', 'd', 'c', 'b', 'a']
    for (const [index, name] of names.entries()) {
      await newQueue(name)
      // Two of them in the same millisecond: those stay in the order of their creation.
      if (index !== 2) clock.advance(1)
    }
    const list = async (ask: { offset?: number; limit?: number; desc?: boolean }) => {
      const page = await store.listQueues({
        userId: user.id,
        offset: 0,
        limit: 1000,
        desc: false,
        unnamed: false,
        ownership: null,
        ...ask,
      })
      assert.equal(page.total, 5)
      return page.items.map((item) => item.name).join('')
    }
    assert.equal(await list({}), 'edcba')
    assert.equal(await list({ desc: true }), 'abcde')
    assert.equal(await list({ offset: 1, limit: 3 }), 'dcb')
    assert.equal(await list({ offset: 1, limit: 3, desc: true }), 'bcd')
    assert.equal(await list({ offset: 4 }), 'a')
    assert.equal(await list({ offset: 5 }), '')
    assert.equal(await list({ offset: 1_000_000 }), '')
    assert.equal(await list({ limit: 1 }), 'e')
  })

  rule('7.8 unnamed queues are listed when asked for', async ({ store, user, queue, newQueue }) => {
    const named = await newQueue('named')
    const page = { userId: user.id, offset: 0, limit: 1000, desc: false, ownership: null }
    const onlyNamed = await store.listQueues({ ...page, unnamed: false })
    assert.equal(onlyNamed.total, 1)
    assert.deepEqual(
      onlyNamed.items.map((item) => item.name),
      ['named'],
    )
    const all = await store.listQueues({ ...page, unnamed: true })
    assert.equal(all.total, 2)
    assert.deepEqual(all.items, [await queue.view(), await named.view()])
  })

  rule(
    '7.8 the list holds the caller’s own queues, and nothing shared',
    async ({ store, user, newQueue }) => {
      await newQueue('hers')
      const bob = await store.ensureUser({ username: 'bob' })
      const page = { offset: 0, limit: 1000, desc: false, unnamed: true }
      assert.deepEqual(await store.listQueues({ ...page, userId: bob.id, ownership: null }), {
        total: 0,
        items: [],
      })
      const own = await store.listQueues({ ...page, userId: user.id, ownership: 'ownedByMe' })
      assert.equal(own.total, 2)
      const shared = await store.listQueues({ ...page, userId: user.id, ownership: 'sharedWithMe' })
      assert.deepEqual(shared, { total: 0, items: [] })
    },
  )

  rule('7.8 the list shows counts and statistics as they are', async ({ a, queue }) => {
    await a.add('1', '2')
    await a.lock(60)
    await a.finish('1')
    const view = await queue.view()
    assert.deepEqual(await queue.viewInList(view.id), view)
  })

  // 7.9 Delete

  rule('7.9 a deleted queue is gone for every later call, with all that was in it', async (scene) => {
    const { queue, a, newQueue } = scene
    const other = await newQueue('other')
    await other.client('client-a').add('1')
    await a.add('1', '2')
    await a.lock(60, 1)
    await queue.delete()
    await refusesEverything(queue)
    assert.deepEqual(await other.client('client-a').head(), ['1'])
    assert.deepEqual(await listIds(scene), [(await other.view()).id])
  })

  rule(
    '7.9 a queue is deleted while others work on it: a call succeeds before or is refused after',
    async (scene) => {
      const { store, user, newQueue } = scene
      const doomed = await newQueue('doomed')
      const survivor = await newQueue('survivor')
      const outcomes: string[] = []
      const note = (call: Promise<unknown>) =>
        call.then(
          () => outcomes.push('done'),
          (error) => outcomes.push(error.errorName ?? String(error)),
        )
      await note(doomed.client('first').add('page-first'))
      const calls: Promise<unknown>[] = []
      for (let index = 0; index < 60; index++) {
        const client = doomed.client(`worker-${index % 4}`)
        calls.push(note(client.add(`page-${index}`)))
        calls.push(note(client.lock(60)))
        calls.push(note(client.update(`page-${index}`, { retryCount: 1 })))
        calls.push(note(client.unlock()))
        calls.push(note(client.list({ limit: 5 })))
        calls.push(survivor.client(`worker-${index % 4}`).add(`page-${index}`))
        if (index === 30) calls.push(doomed.delete())
      }
      await Promise.all(calls)
      await note(doomed.client('last').add('page-last'))
      assert.deepEqual(
        outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'queueNotFound'),
        [],
      )
      assert.equal(outcomes[0], 'done')
      assert.equal(outcomes.at(-1), 'queueNotFound')
      await refuses(doomed.view(), 'queueNotFound')
      assert.deepEqual(await survivor.counts(), { total: 60, handled: 0, pending: 60 })
      const { queue, created } = await store.getOrCreateQueue({ userId: user.id, name: 'doomed' })
      assert.equal(created, true)
      assert.equal(queue.totalRequestCount, 0)
    },
  )

  rule(
    '7.9 a large queue is gone at once, and its rows do not show up anywhere',
    async ({ store, newQueue }) => {
      const large = await newQueue('large')
      const client = large.client('a')
      for (let batch = 0; batch < 40; batch++) {
        await client.add(...Array.from({ length: 100 }, (_, index) => `page-${batch}-${index}`))
      }
      await large.delete()
      await refuses(large.view(), 'queueNotFound')
      const again = await newQueue('large')
      assert.deepEqual(await again.client('a').head(), [])
      assert.deepEqual((await again.client('a').list()).items, [])
      assert.deepEqual(await store.check(), [])
    },
  )
}

/** The IDs of all queues of the user, in the order of their creation. */
async function listIds({ store, user }: { store: Store; user: Scene['user'] }): Promise<string[]> {
  const { items } = await store.listQueues({
    userId: user.id,
    offset: 0,
    limit: 1000,
    desc: false,
    unnamed: true,
    ownership: null,
  })
  return items.map((item) => item.id)
}

/** Every method that names a queue refuses this address. */
async function refusesEverything(queue: TestQueue): Promise<void> {
  const client = queue.client('client-a')
  const calls: (() => Promise<unknown>)[] = [
    () => queue.view(),
    () => queue.store.updateQueue({ userId: queue.userId, queue: queue.queue, title: 'mine' }),
    () => queue.get('1'),
    () => client.add('1'),
    () => client.update('1'),
    () => client.delete('1'),
    () => client.deleteMany('1'),
    () => client.list(),
    () => client.head(),
    () => client.lock(60),
    () => client.returnLocks(['1'], 0),
    () => client.prolong('1', 60),
    () => client.deleteLock('1'),
    () => client.unlock(),
    () => queue.delete(),
  ]
  for (const call of calls) await refuses(call(), 'queueNotFound')
}
