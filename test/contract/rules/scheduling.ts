import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import type { Wishes } from '../../../src/domain/request.ts'

const asking = (key: string, wishes: Wishes) => content(key, { wishes })
const delayed = (key: string, secs: number) => asking(key, { delayMs: secs * 1000 })

/** Sections 12 and 13, as far as one request decides alone: delays that it asks for (13.10). */
export function schedulingRules(rule: Rule, durableRule: Rule): void {
  rule('13.10 a delay: the request is not handed out before, and is from that very moment', async (scene) => {
    const { a, b, clock } = scene
    await a.addContents([delayed('later', 10)])
    clock.advance(9_999)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['later'])
  })

  rule('13.10 notBefore: a moment, and the later of both counts', async ({ a, clock }) => {
    const now = clock.wallMs()
    await a.addContents([
      asking('moment', { notBefore: now + 5_000 }),
      asking('past', { notBefore: now - 5_000 }),
      asking('delay is later', { notBefore: now + 1_000, delayMs: 20_000 }),
      asking('moment is later', { notBefore: now + 30_000, delayMs: 20_000 }),
    ])
    assert.deepEqual(await a.lock(60), ['past'])
    clock.advance(4_999)
    assert.deepEqual(await a.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await a.lock(60), ['moment'])
    clock.advance(15_000)
    assert.deepEqual(await a.lock(60), ['delay is later'])
    clock.advance(10_000)
    assert.deepEqual(await a.lock(60), ['moment is later'])
  })

  rule(
    '13.10 a scheduled request takes its place at its moment, among those that became available',
    async (s) => {
      const { a, clock } = s
      await a.addContents([delayed('at 10', 10), delayed('at 5', 5), content('at 0')])
      clock.advance(7_000)
      await a.add('at 7')
      clock.advance(4_000)
      await a.add('at 11')
      assert.deepEqual(await a.lock(60), ['at 0', 'at 5', 'at 7', 'at 10', 'at 11'])
    },
  )

  rule('13.10 those of one moment come in the order of their calls', async ({ a, clock }) => {
    await a.addContents([delayed('1', 10), delayed('2', 10)])
    await a.addContents([delayed('3', 10)])
    clock.advance(10_000)
    assert.deepEqual(await a.lock(60), ['1', '2', '3'])
  })

  rule('13.10 forefront with a delay: first when its moment comes, not before', async ({ a, clock }) => {
    await a.add('1')
    await a.addForefront('front')
    await a.addContents([delayed('later', 10), delayed('latest', 20)], 'forefront')
    assert.deepEqual(await a.head(), ['front', '1', 'later', 'latest'])
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['later', 'front', '1', 'latest'])
    clock.advance(10_000)
    assert.deepEqual(await a.lock(60), ['latest', 'later', 'front', '1'])
  })

  rule('12.3 a scheduled request keeps the flag true until nothing is left', async ({ a, clock }) => {
    await a.addContents([delayed('later', 10)])
    const nothing = await a.lockHead(60)
    assert.deepEqual([nothing.items, nothing.queueHasLockedRequests], [[], true])
    clock.advance(10_000)
    assert.deepEqual(await a.lock(60), ['later'])
    await a.finish('later')
    const end = await a.lockHead(60)
    assert.deepEqual([end.items, end.queueHasLockedRequests], [[], false])
  })

  rule(
    '12.4 get head shows scheduled requests last, by their moment, and locked ones never',
    async (scene) => {
      const { a, b, clock } = scene
      await a.addContents([delayed('at 30', 30), delayed('at 20', 20), content('1'), content('2')])
      await a.addContents([delayed('front at 20', 20), delayed('front at 10', 10)], 'forefront')
      assert.deepEqual(await a.lock(5, 1), ['1'])
      const later = ['front at 10', 'front at 20', 'at 20', 'at 30']
      assert.deepEqual(await b.head(), ['2', ...later])
      assert.deepEqual(await b.head(3), ['2', ...later.slice(0, 2)])
      clock.advance(5_000)
      assert.deepEqual(await b.head(), ['2', '1', ...later])
      assert.deepEqual(await a.lock(60), ['2', '1'])
      assert.deepEqual(await b.head(), later)
      clock.advance(15_000)
      assert.deepEqual(await b.head(), ['front at 20', 'front at 10', 'at 20', 'at 30'])
      assert.deepEqual(await a.lock(60, 1), ['front at 20'])
      assert.deepEqual(await b.head(), ['front at 10', 'at 20', 'at 30'])
    },
  )

  rule('12.4 get head with many scheduled requests behind the locked ones', async ({ a, b }) => {
    const keys = Array.from({ length: 60 }, (_, index) => `${index}`)
    await a.addContents(keys.map((key, index) => delayed(key, 100 - index)))
    await a.add(...keys.map((key) => `now ${key}`))
    for (let calls = 0; calls < 3; calls++) await a.lock(60)
    const head = await b.listHead(10)
    assert.deepEqual(
      head.items.map(({ uniqueKey }) => uniqueKey),
      keys.slice(-10).reverse(),
    )
    assert.equal((await b.listHead()).items.length, 60)
  })

  rule('12.2 scheduled requests are pending in filters and counts, and show no lock', async (scene) => {
    const { queue, a } = scene
    await a.addContents([delayed('later', 10), content('1')])
    await a.addContents([delayed('front', 10)], 'forefront')
    await a.lock(60)
    const keysWith = async (filter: ('locked' | 'pending')[]) => {
      return (await a.walk(10, filter)).map(({ uniqueKey }) => uniqueKey).sort()
    }
    assert.deepEqual(await keysWith(['pending']), ['front', 'later'])
    assert.deepEqual(await keysWith(['locked']), ['1'])
    assert.deepEqual(await keysWith(['locked', 'pending']), ['1', 'front', 'later'])
    assert.deepEqual(await queue.counts(), { total: 3, handled: 0, pending: 3 })
    const { lockExpiresAt, lockByClient } = await queue.get('later')
    assert.deepEqual([lockExpiresAt, lockByClient], [null, null])
    const params = {
      userId: queue.userId,
      queue: queue.queue,
      lockedMax: 10,
      lockedShownMax: 10,
      nextMax: 10,
    }
    const overview = await scene.store.inspectRequests(params)
    assert.deepEqual([overview.locked.length, overview.next.length], [1, 0])
  })

  rule('13.10 a delay counts from the call that gives the request back', async ({ a, b, clock }) => {
    await a.add('1')
    await a.lock(60)
    clock.advance(1_000)
    await a.update('1', { wishes: { delayMs: 10_000 } })
    // As Crawlee does after every update (6.4): there is no lock any more.
    await a.deleteLock('1')
    assert.deepEqual(await b.head(), ['1'])
    clock.advance(9_999)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['1'])
  })

  rule(
    '13.10 an update of a request that nobody holds schedules it anew, or has it available at once',
    async (s) => {
      const { a, b, clock } = s
      await a.addContents([delayed('1', 10)])
      await b.update('1', { wishes: { delayMs: 5_000 } })
      clock.advance(5_000)
      assert.deepEqual(await a.lock(60), ['1'])
      await a.update('1', { wishes: { delayMs: 5_000 } }, 'forefront')
      await b.update('1')
      assert.deepEqual(await a.lock(60), ['1'])
    },
  )

  rule(
    '13.10 an update by another client changes nothing while somebody holds the request',
    async (scene) => {
      const { a, b, clock } = scene
      await a.add('1')
      await a.lock(10)
      await b.update('1', { wishes: { delayMs: 60_000 } })
      clock.advance(10_000)
      assert.deepEqual(await b.lock(60), ['1'])
    },
  )

  rule(
    '13.10 a handled request that becomes pending again waits as it wishes',
    async ({ queue, a, clock }) => {
      await a.add('1')
      await a.finish('1')
      await a.update('1', { wishes: { delayMs: 1_000 } })
      assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
      assert.deepEqual(await a.lock(60), [])
      clock.advance(1_000)
      assert.deepEqual(await a.lock(60), ['1'])
    },
  )

  rule('13.10 a handled request waits for nothing', async ({ a, clock }) => {
    await a.addContents([content('1', { handledAt: 1, wishes: { delayMs: 1_000 } }), delayed('2', 1)])
    await a.finish('2')
    assert.deepEqual(await a.head(), [])
    clock.advance(2_000)
    const { items, queueHasLockedRequests } = await a.lockHead(60)
    assert.deepEqual([items, queueHasLockedRequests], [[], false])
  })

  rule('2.3 adding a scheduled request again changes nothing', async ({ a, clock }) => {
    await a.addContents([delayed('1', 10)])
    const [again] = await a.addContents([content('1')])
    assert.equal(again!.wasAlreadyPresent, true)
    assert.deepEqual(await a.lock(60), [])
    clock.advance(10_000)
    assert.deepEqual(await a.lock(60), ['1'])
  })

  rule(
    '13.10 the wish is over once the request was taken: a lock that runs out or is deleted, an unlock',
    async (s) => {
      const { a, b, clock } = s
      await a.addContents([delayed('1', 10)])
      clock.advance(10_000)
      assert.deepEqual(await a.lock(5), ['1'])
      clock.advance(5_000)
      assert.deepEqual(await b.lock(60), ['1'], 'its lock ran out')
      await b.deleteLock('1')
      assert.deepEqual(await b.lock(60), ['1'], 'its lock was deleted')
      assert.equal(await b.unlock(), 1)
      assert.deepEqual(await a.lock(5), ['1'], 'all locks were released')
      await a.prolong('1', 20)
      assert.deepEqual(await a.head(), [])
      clock.advance(20_000)
      assert.deepEqual(await a.head(), ['1'], 'its prolonged lock ran out')
    },
  )

  rule(
    '4.6 a formerly scheduled request has its place again when the answer is lost',
    async ({ a, clock }) => {
      await a.addContents([delayed('1', 10), delayed('2', 10)])
      clock.advance(10_000)
      await a.add('3')
      const { lockExpiresAt } = await a.lockHead(60, 1)
      await a.returnLocks(['1'], lockExpiresAt)
      assert.deepEqual(await a.lock(60), ['1', '2', '3'])
    },
  )

  rule(
    '5.2, 5.3 of a scheduled request: a prolong is refused, a delete of its lock changes nothing',
    async (s) => {
      const { a, clock } = s
      await a.addContents([delayed('1', 10)])
      await refuses(a.prolong('1', 60), 'lockNotHeld')
      await a.deleteLock('1', 'forefront')
      assert.equal(await a.unlock(), 0)
      assert.deepEqual(await a.lock(60), [])
      clock.advance(10_000)
      assert.deepEqual(await a.lock(60), ['1'])
    },
  )

  rule(
    '5.1 a client takes back a lock that ran out, although others have scheduled the request',
    async (s) => {
      const { a, b, clock } = s
      await a.add('1')
      await a.lock(5)
      clock.advance(5_000)
      await b.update('1', { wishes: { delayMs: 60_000 } })
      assert.deepEqual(await b.head(), ['1'])
      await a.prolong('1', 10)
      assert.deepEqual(await b.head(), [])
      clock.advance(10_000)
      assert.deepEqual(await b.lock(60), ['1'])
    },
  )

  rule('6.5 a scheduled request can be deleted', async ({ queue, a }) => {
    await a.addContents([delayed('1', 10), delayed('2', 10)])
    await a.delete('1')
    await a.deleteMany('2')
    assert.deepEqual(await queue.counts(), { total: 0, handled: 0, pending: 0 })
    assert.deepEqual(await a.head(), [])
    assert.equal((await a.lockHead(60)).queueHasLockedRequests, false)
  })

  rule('7.9 a queue with scheduled requests can be deleted', async ({ queue, a, newQueue }) => {
    await a.addContents([delayed('1', 10)])
    await queue.delete()
    const other = await newQueue()
    assert.deepEqual(await other.client('client-a').head(), [])
  })

  rule('13.10 a wish of ten years, and a moment at the end of all dates', async ({ a, clock }) => {
    await a.addContents([asking('1', { delayMs: 315_360_000_000 })])
    await a.addContents([asking('2', { notBefore: Date.UTC(9999, 11, 31) })], 'forefront')
    assert.deepEqual(await a.head(), ['1', '2'])
    clock.advance(315_360_000_000)
    assert.deepEqual(await a.lock(60), ['1'])
  })

  rule('4.1 a drain in which requests become due meanwhile passes over none', async ({ a, clock }) => {
    const keys = Array.from({ length: 50 }, (_, index) => `${index}`)
    // Their moments fall before, between and after those of the others, and their sequence numbers do not.
    await a.addContents(keys.map((key, index) => delayed(`later ${key}`, (index * 7) % 20)))
    const taken: string[] = []
    for (const key of keys) {
      await a.add(`now ${key}`)
      clock.advance(500)
      for (const got of await a.lock(60, 3)) {
        taken.push(got)
        await a.finish(got)
      }
    }
    taken.push(...(await a.lock(60)))
    assert.equal(new Set(taken).size, 100)
    assert.equal(taken.length, 100)
  })

  durableRule('12.6 a restart keeps the schedule', async (scene) => {
    const { a, reopen } = scene
    await a.addContents([delayed('at 20', 20), delayed('at 10', 10), content('1')])
    const after: Scene = await reopen!()
    assert.deepEqual(await after.a.head(), ['1', 'at 10', 'at 20'])
    assert.deepEqual(await after.a.lock(60), ['1'])
    after.clock.advance(10_000)
    assert.deepEqual(await after.a.lock(60), ['at 10'])
  })
}
