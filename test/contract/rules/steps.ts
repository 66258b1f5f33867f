/** What others see and do between the steps of a call, in stores whose steps are as small as two requests. */
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { content, keysOf, type QueueClient, refuses } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'

const many = 60

/** Locks all requests for the client, the first ones first. */
async function holding(client: QueueClient, keys: readonly string[], seconds = 600): Promise<void> {
  for (let from = 0; from < keys.length; from += 25) await client.add(...keys.slice(from, from + 25))
  for (let held = 0; held < keys.length; held += 25) await client.lock(seconds)
}

function keysFrom(prefix: string, count = many): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`)
}

/** Makes one call after the other until `work` is done. Returns their number. */
async function meanwhile(work: Promise<unknown>, call: (round: number) => Promise<unknown>): Promise<number> {
  let isDone = false
  const settled = work.finally(() => {
    isDone = true
  })
  let rounds = 0
  while (!isDone) {
    await call(rounds++)
    // The oracle is done with a call before the event loop turns, and its steps wait for that.
    await turn()
  }
  await settled
  return rounds
}

export function stepRules(rule: Rule): void {
  rule('5.4 other calls come between the steps of an unlock', async ({ queue, a, b }) => {
    await holding(a, keysFrom('held'))
    const unlocking = a.unlock()
    const adds = await meanwhile(unlocking, (round) => b.add(`added-${round}`))
    assert.equal(await unlocking, many)
    assert.ok(adds >= many / 10, `${adds} adds came between ${many / 2} steps`)
    assert.deepEqual(await queue.counts(), { total: many + adds, handled: 0, pending: many + adds })
  })

  rule('5.4 between the steps each lock is held or released', async ({ a, b, queue }) => {
    const keys = keysFrom('held')
    await holding(a, keys)
    const unlocking = a.unlock()
    const seen: number[] = []
    await meanwhile(unlocking, async () => {
      const [{ items: locked }, head] = [await b.list({ filter: ['locked'] }), await b.head()]
      seen.push(locked.length)
      // Of two reads, the later one may find more requests released.
      assert.ok(locked.length + head.length >= many)
      for (const { lockByClient } of locked) assert.equal(lockByClient, 'client-a')
    })
    assert.deepEqual(
      seen,
      seen.toSorted((one, other) => other - one),
      'what is released stays so',
    )
    assert.equal(await unlocking, many)
    assert.deepEqual(await b.head(), keys)
    assert.equal((await queue.view()).totalRequestCount, many)
  })

  rule('3.5 the order is kept, whatever others add between the steps', async ({ a, b, clock }) => {
    const ends = keysFrom('end', 30)
    const fronts = keysFrom('front', 30)
    await a.add(...ends.slice(0, 15))
    await a.add(...ends.slice(15))
    await a.addForefront(...fronts.slice(15).reverse())
    clock.advance(1000)
    await a.addForefront(...fronts.slice(0, 15).reverse())
    // Locked in another order than they stand in, and with other ends of their locks.
    for (const [seconds, limit] of [
      [600, 25],
      [300, 20],
      [900, 15],
    ] as const) {
      await a.lock(seconds, limit)
    }
    await a.prolong(ends[7]!, 1200)
    await a.prolong(fronts[11]!, 200)
    const unlocking = a.unlock()
    const rounds = await meanwhile(unlocking, async (round) => {
      clock.advance(1)
      await b.add(`added-end${round}`)
      await b.addForefront(`added-front${round}`)
    })
    assert.equal(await unlocking, 60)
    const head = await b.head()
    const only = (prefix: string) => head.filter((key) => key.startsWith(prefix))
    assert.deepEqual(only('end'), ends)
    assert.deepEqual(only('front'), fronts)
    assert.equal(head.length, 60 + 2 * rounds)
    const lastFront = head.findLastIndex((key) => key.includes('front'))
    assert.ok(
      head.slice(0, lastFront).every((key) => key.includes('front')),
      'each side stays together',
    )
  })

  rule('5.4 what others did between the steps is not undone, and not counted', async (scene) => {
    const { a, b, queue, clock } = scene
    await holding(a, keysFrom('held'))
    // The youngest places are released last, so these are still held when the others are released.
    await a.prolong('held059', 1)
    const unlocking = a.unlock()
    let taken = 0
    await meanwhile(unlocking, async (round) => {
      if (round === 0) {
        clock.advance(1000)
        await b.delete('held058')
        await b.finish('held057')
        const heldStill = keysOf(await b.list({ filter: ['locked'] }))
        assert.ok(heldStill.includes('held056'), 'the steps were through before anything came between')
      }
      // A released request may be locked by any client, and stays with it.
      if (taken < 5) taken += (await b.lock(500, 1)).length
    })
    assert.equal(await unlocking, many - 3)
    const { items } = await b.list({ filter: ['locked'] })
    assert.equal(items.length, taken)
    for (const { lockByClient } of items) assert.equal(lockByClient, 'client-b')
    await refuses(queue.get('held058'), 'requestNotFound')
    assert.notEqual((await queue.get('held057')).handledAt, null)
    assert.deepEqual(await queue.counts(), { total: many - 1, handled: 1, pending: many - 2 })
  })

  rule('5.4 a client that goes on locking during its unlock ends up with new locks alone', async (scene) => {
    const { a, b, queue } = scene
    await holding(a, keysFrom('held'))
    await b.add(...keysFrom('free', 25))
    const unlocking = a.unlock()
    const taken: string[] = []
    await meanwhile(unlocking, async () => {
      taken.push(...(await a.lock(700, 3)))
    })
    const count = await unlocking
    const { items } = await b.list({ filter: ['locked'] })
    // A request that it locks before the unlock lists the locks may be among the released ones. It is counted
    // then.
    assert.equal(count + items.length, many + taken.length)
    assert.ok(items.length >= taken.length / 2, `${items.length} of ${taken.length} stay`)
    for (const { uniqueKey } of items) assert.ok(taken.includes(uniqueKey), uniqueKey)
    assert.equal(await a.unlock(), items.length)
    assert.equal((await queue.counts()).total, many + 25)
  })

  rule('5.4 a lock that its holder prolongs during its unlock is released', async ({ a, b }) => {
    const keys = keysFrom('held')
    await holding(a, keys)
    const unlocking = a.unlock()
    await meanwhile(unlocking, async (round) => {
      // To a later and to an earlier end than all the others, from the last one on.
      const key = keys[many - 1 - round]
      if (key !== undefined) await a.prolong(key, round % 2 === 0 ? 60 : 6000).catch(() => {})
    })
    const { items } = await b.list({ filter: ['locked'] })
    assert.deepEqual(keysOf({ items }), [])
    assert.equal(await unlocking, many)
  })

  rule('5.4 unlocks at the same time count each lock once', async ({ queue, a, b }) => {
    await holding(queue.client('client-a', 'run'), keysFrom('held'))
    const counts = await Promise.all([
      queue.client('client-a', 'run').unlock(),
      queue.client('mate', 'run').unlock(),
      a.unlock(),
    ])
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      many,
    )
    assert.deepEqual(keysOf(await b.list({ filter: ['locked'] })), [])
  })

  rule(
    '7.9 an unlock whose queue is deleted between its steps says that it is gone',
    async ({ newQueue }) => {
      const queue = await newQueue('short-lived')
      const a = queue.client('client-a')
      await holding(a, keysFrom('held'))
      const unlocking = a.unlock()
      await Promise.all([refuses(unlocking, 'queueNotFound'), queue.delete()])
      const again = await newQueue('short-lived')
      assert.deepEqual(await again.counts(), { total: 0, handled: 0, pending: 0 })
    },
  )

  rule('11.6 close lets an unlock come to its end', async ({ another }) => {
    const scene = await another()
    await holding(scene.a, keysFrom('held'))
    const unlocking = scene.a.unlock()
    await scene.b.add('between')
    const closed = scene.store.close()
    await refuses(scene.a.unlock(), 'storeUnavailable')
    await refuses(scene.b.add('too late'), 'storeUnavailable')
    assert.equal(await unlocking, many)
    await closed
  })
}

export function deleteStepRules(rule: Rule): void {
  rule('6.6 other calls come between the steps of a batch delete', async ({ queue, a, b }) => {
    const keys = keysFrom('page', 25)
    await a.addContents(keys.map((key) => content(key, { otherFields: `"userData":"${'x'.repeat(900)}"` })))
    const deleting = a.deleteMany(...keys, 'unknown')
    const adds = await meanwhile(deleting, (round) => b.add(`added-${round}`))
    assert.ok(adds >= 5, `${adds} adds came between 25 steps`)
    assert.deepEqual(await queue.counts(), { total: adds, handled: 0, pending: adds })
    assert.equal((await queue.view()).stats.deleteCount, 25)
  })
}
