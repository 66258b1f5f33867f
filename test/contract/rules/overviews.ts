import assert from 'node:assert/strict'
import type { QueueClient, TestQueue } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import {
  type ListOverviews,
  type OverviewPage,
  type OverviewPlace,
  overviewSorts,
  type QueueOverview,
} from '../../../src/store/params/overviews.ts'

function list({ store, user }: Scene, params: Partial<ListOverviews> = {}): Promise<OverviewPage> {
  const all = { search: null, sort: 'name', desc: false, limit: 100, after: null } as const
  return store.listOverviews({ userId: user.id, ...all, ...params })
}

/** Saves what was done until now. */
async function save({ store }: Scene): Promise<void> {
  assert.deepEqual(await store.check(), [])
}

async function one(scene: Scene, name: string): Promise<QueueOverview> {
  await save(scene)
  const { items } = await list(scene, { search: name })
  assert.equal(items.length, 1)
  return items[0]!
}

async function fill(queue: TestQueue, { pending = 0, locked = 0, handled = 0 }): Promise<QueueClient> {
  const client = queue.client('client-a')
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `page-${index}`)
  if (locked + pending + handled > 0) await client.add(...keys(locked + pending + handled))
  if (locked > 0) await client.lock(60, locked)
  for (const key of keys(locked + handled).slice(locked)) await client.finish(key)
  return client
}

/** Lists of queues for people. */
export function overviewRules(rule: Rule): void {
  rule('14.8 an overview has the counts, what is done now, and how long it will take', async (scene) => {
    const { clock } = scene
    const queue = await scene.newQueue('Crawl')
    const client = await fill(queue, {})
    await client.add(...Array.from({ length: 100 }, (_, index) => `page-${index}`))
    clock.advance(3000)
    await client.lock(300, 20)
    for (let second = 0; second < 12; second++) {
      clock.advance(1000)
      await client.finish(`page-${second}`)
    }
    clock.advance(2000)
    const view = await queue.view()
    const overview = await one(scene, 'crawl')
    const { rates, secsToEmpty, handledLastHour, ...others } = overview
    assert.deepEqual(others, {
      id: view.id,
      name: 'Crawl',
      title: null,
      ownerName: 'alice',
      createdAt: view.createdAt,
      modifiedAt: view.modifiedAt,
      totalRequestCount: 100,
      handledRequestCount: 12,
      lockedRequestCount: 8,
      oldestAvailableAt: view.createdAt,
    })
    assert.deepEqual(rates, { addedPerSec: 0, handledPerSec: 1, handedOutPerSec: 0, failedPerSec: 0 })
    // More was added than handled in the last minute.
    assert.equal(secsToEmpty, null)
    assert.deepEqual([handledLastHour.length, handledLastHour.slice(-2)], [60, [0, 12]])
    clock.advance(60_000)
    for (let index = 12; index < 20; index++) await client.finish(`page-${index}`)
    clock.advance(1000)
    const later = await one(scene, 'crawl')
    const hour = later.handledLastHour
    assert.deepEqual([hour.at(-1), hour.reduce((sum, count) => sum + count)], [8, 20])
    assert.ok(later.secsToEmpty! > 400 && later.secsToEmpty! <= 610, String(later.secsToEmpty))
    await client.lock(300, 25)
    await client.lock(300, 25)
    await client.lock(300, 25)
    await client.lock(300, 25)
    assert.equal((await one(scene, 'crawl')).oldestAvailableAt, null)
  })

  rule('14.8 overviews are sorted and found, and come in pages', async (scene) => {
    const { clock, store, user } = scene
    const contents = {
      b: { pending: 3 },
      A: { locked: 5 },
      c: { pending: 1, handled: 4 },
      'delta-1': {},
      DELTA2: {},
    }
    for (const [name, parts] of Object.entries(contents)) {
      clock.advance(1000)
      await fill(await scene.newQueue(name), parts)
    }
    const titled = await store.listOverviews({
      ...{ userId: user.id, search: 'delta-1', sort: 'name', desc: false, limit: 1, after: null },
    })
    await store.updateQueue({ userId: user.id, queue: { queueId: titled.items[0]!.id }, title: 'Über Nacht' })
    await save(scene)
    const namesOf = ({ items }: OverviewPage) => items.map(({ name }) => name)
    // The queue of the scene has no name.
    assert.deepEqual(namesOf(await list(scene)), ['A', 'b', 'c', 'delta-1', 'DELTA2', null])
    assert.deepEqual(namesOf(await list(scene, { desc: true })), [null, 'DELTA2', 'delta-1', 'c', 'b', 'A'])
    const first = async (sort: ListOverviews['sort'], count: number) =>
      namesOf(await list(scene, { sort, desc: true })).slice(0, count)
    assert.deepEqual(await first('pending', 3), ['A', 'b', 'c'])
    assert.deepEqual(await first('locked', 1), ['A'])
    assert.deepEqual(await first('handled', 1), ['c'])
    assert.deepEqual(await first('modifiedAt', 2), ['DELTA2', 'delta-1'])
    for (const [search, names] of [
      ['Delta', ['delta-1', 'DELTA2']],
      ['Über N', ['delta-1']],
      [titled.items[0]!.id.slice(3, 14), ['delta-1']],
      ['%', []],
    ] as const) {
      assert.deepEqual(namesOf(await list(scene, { search })), names, search)
    }
    for (const sort of overviewSorts) {
      for (const desc of [false, true]) {
        const all = (await list(scene, { sort, desc })).items
        const walked: QueueOverview[] = []
        let after: OverviewPlace | null = null
        do {
          const page: OverviewPage = await list(scene, { sort, desc, limit: 2, after })
          walked.push(...page.items)
          after = page.next
        } while (after !== null)
        assert.deepEqual(walked, all, `${sort} ${desc}`)
      }
    }
  })

  rule('14.8 what has changed lately is the queues in which something was done', async (scene) => {
    const { clock, store, user } = scene
    const queues = [await scene.newQueue('a'), await scene.newQueue('b'), await scene.newQueue('c')]
    for (const queue of queues) await fill(queue, { pending: 1 })
    const changed = async () => {
      await save(scene)
      const rows = await store.changedOverviews({ userId: user.id, limit: 2 })
      return rows.map(({ name }) => name)
    }
    assert.equal((await changed()).length, 2)
    clock.advance(60_000)
    assert.deepEqual(await changed(), [])
    await queues[1]!.client('client-a').lock(60, 1)
    assert.deepEqual(await changed(), ['b'])
    const bob = await store.ensureUser({ username: 'bob' })
    assert.deepEqual(await store.changedOverviews({ userId: bob.id, limit: 2 }), [])
    assert.deepEqual(
      (
        await store.listOverviews({
          ...{ userId: bob.id, search: null, sort: 'name', desc: false, limit: 10, after: null },
        })
      ).items,
      [],
    )
  })

  rule(
    '14.8 queues that were deleted lately are told to their owner, whoever deleted them',
    async (scene) => {
      const { clock, store, user } = scene
      const bob = await store.ensureUser({ username: 'bob' })
      const deleted = () => store.deletedQueues({ userId: user.id })
      const [first, second, unused] = [
        await scene.newQueue('a'),
        await scene.newQueue('b'),
        await scene.newQueue(),
      ]
      const idOf = ({ queue }: TestQueue) => (queue as { queueId: string }).queueId
      assert.deepEqual(await deleted(), [])
      await first.delete()
      clock.advance(1000)
      await second.delete()
      assert.deepEqual(await deleted(), [idOf(second), idOf(first)])
      assert.deepEqual(await store.deletedQueues({ userId: bob.id }), [])
      clock.advance(14_000)
      assert.deepEqual(await deleted(), [idOf(second)])
      clock.advance(1000)
      assert.deepEqual(await deleted(), [])
      clock.advance(100_000)
      await scene.queue.view()
      assert.equal(await store.expireQueues({ retentionMs: 50_000 }), 1)
      assert.deepEqual(await deleted(), [idOf(unused)])
    },
  )

  rule('7.2 a list of overviews leaves no trace', async (scene) => {
    const { queue, clock } = scene
    const { id } = await queue.view()
    const before = await queue.viewInList(id)
    clock.advance(5000)
    await list(scene)
    assert.deepEqual(await queue.viewInList(id), before)
  })
}
