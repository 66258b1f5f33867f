import assert from 'node:assert/strict'
import { content, keysOf } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'

/** Section 4: get head, and head and lock. */
export function headRules(rule: Rule, _: Rule, concurrentRule: Rule): void {
  rule('4.1 takes the first of the queue, in order, for the time asked for', async ({ queue, a, clock }) => {
    await a.add('1', '2', '3', '4')
    await a.addForefront('f')
    const head = await a.lockHead(90, 3)
    assert.deepEqual(keysOf(head), ['f', '1', '2'])
    assert.equal(head.lockExpiresAt, clock.wallMs() + 90_000)
    for (const key of ['f', '1', '2']) {
      assert.equal((await queue.get(key)).lockExpiresAt, head.lockExpiresAt)
      assert.equal((await queue.get(key)).lockByClient, 'client-a')
    }
    assert.equal((await queue.get('3')).lockByClient, null)
  })

  rule('4.1 what one client holds no other gets, until the very moment the lock ends', async (scene) => {
    const { a, b, clock } = scene
    await a.add('1', '2')
    assert.deepEqual(await a.lock(10, 1), ['1'])
    assert.deepEqual(await b.lock(60), ['2'])
    clock.advance(9_999)
    assert.deepEqual(await b.lock(60), [])
    assert.deepEqual(await b.head(), [])
    clock.advance(1)
    assert.deepEqual(await b.head(), ['1'])
    assert.deepEqual(await b.lock(60), ['1'])
  })

  rule('4.1 handled requests are never handed out', async ({ a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.lock(10, 2)
    await a.finish('1')
    await b.finish('3')
    clock.advance(10_000)
    assert.deepEqual(await b.lock(60), ['2'])
  })

  rule('4.1 a lock may be as short as a millisecond', async ({ a, b, clock }) => {
    await a.add('1')
    assert.deepEqual(await a.lock(0.001), ['1'])
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['1'])
  })

  rule('4.1 a lock may last for years', async ({ a, b, clock }) => {
    await a.add('1')
    await a.addForefront('f')
    assert.deepEqual(await a.lock(3_153_600_000), ['f', '1'])
    clock.advance(3_153_600_000_000 - 1)
    assert.deepEqual(await b.lock(1), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(1), ['f', '1'])
  })

  concurrentRule(
    '4.1 sixteen clients lock 5,000 requests at the same time and none goes to two',
    async (scene) => {
      const { queue, a } = scene
      const keys = Array.from({ length: 5000 }, (_, index) => `page-${index}`)
      const batches = Array.from({ length: 200 }, (_, index) => keys.slice(index * 25, index * 25 + 25))
      await Promise.all(batches.map((batch) => a.add(...batch)))
      assert.deepEqual(await queue.counts(), { total: 5000, handled: 0, pending: 5000 })

      const taken = await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const client = queue.client(`worker-${index}`)
          const mine: string[] = []
          for (;;) {
            const got = await client.lock(60)
            if (got.length === 0) return mine
            mine.push(...got)
            await Promise.all(got.map((key) => client.finish(key)))
          }
        }),
      )
      assert.deepEqual(taken.flat().sort(), keys.sort())
      assert.deepEqual(await queue.counts(), { total: 5000, handled: 5000, pending: 0 })
      const last = await a.lockHead(60)
      assert.deepEqual(last.items, [])
      assert.equal(last.queueHasLockedRequests, false)
    },
  )

  rule('4.1 calls sent together share out the head without a gap', async ({ queue, a }) => {
    const keys = Array.from({ length: 100 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    const taken = await Promise.all(
      Array.from({ length: 40 }, (_, index) => queue.client(`worker-${index}`).lock(60, 3)),
    )
    assert.deepEqual(taken.flat().sort(), keys.sort())
  })

  rule('4.1 of very large requests it takes as many as 8 MB, and one in any case', async ({ a, b }) => {
    const sized = (key: string, bytes: number) => content(key, { otherFields: `"x":"${'x'.repeat(bytes)}"` })
    await a.addContents([sized('1', 3_900_000), sized('2', 3_900_000), sized('3', 3_900_000)])
    await a.addContents([sized('4', 9_000_000), content('5')])
    assert.deepEqual(await a.lock(60), ['1', '2'])
    assert.deepEqual(await b.lock(60), ['3'])
    assert.deepEqual(await a.lock(60), ['4'])
    assert.deepEqual(await b.lock(60), ['5'])
    assert.equal(await a.unlock(), 3)
    assert.deepEqual(await b.head(), ['1', '2', '4'])
  })

  rule('4.3 the answer shows the queue as the call leaves it', async ({ queue, a, clock }) => {
    await a.addContents([content('1', { method: 'POST', retryCount: 2 })])
    clock.advance(5000)
    const head = await a.lockHead(60)
    assert.deepEqual(head, {
      queueId: (await queue.view()).id,
      items: [{ id: content('1').id, uniqueKey: '1', url: content('1').url, method: 'POST', retryCount: 2 }],
      queueModifiedAt: clock.wallMs(),
      hadMultipleClients: false,
      queueHasLockedRequests: true,
      lockExpiresAt: clock.wallMs() + 60_000,
    })
    assert.equal((await queue.view()).modifiedAt, head.queueModifiedAt)
  })

  rule('4.3 the answer says whether there were several clients, this call included', async ({ a, b }) => {
    await a.add('1', '2')
    assert.equal((await a.lockHead(60, 1)).hadMultipleClients, false)
    assert.equal((await b.lockHead(60, 1)).hadMultipleClients, true)
    assert.equal((await a.listHead()).hadMultipleClients, true)
  })

  rule('4.4 an empty answer says correctly whether anything is locked', async ({ a, b, clock }) => {
    assert.equal((await a.lockHead(60)).queueHasLockedRequests, false, 'nothing was ever there')
    await a.add('1', '2')
    assert.equal((await a.lockHead(60)).queueHasLockedRequests, true)
    const empty = await b.lockHead(60)
    assert.deepEqual(empty.items, [])
    assert.equal(empty.queueHasLockedRequests, true, 'the other client holds them')
    await a.finish('1')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, true)
    clock.advance(59_999)
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, true)
    await a.finish('2')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, false, 'all is handled')
  })

  rule('4.4 the lock of a deleted request does not count any more', async ({ a, b }) => {
    await a.add('1', '2')
    await a.lock(60)
    await b.delete('1')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, true)
    await b.deleteMany('2')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, false)
  })

  rule('4.4 a forefront lock counts like any other', async ({ a, b }) => {
    await a.addForefront('f')
    await a.lock(60)
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, true)
    await a.finish('f')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, false)
  })

  rule('4.4 nothing to hand out and nothing locked is never said while work is left', async (scene) => {
    const { queue, a, clock } = scene
    const keys = Array.from({ length: 200 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    let handled = 0
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const client = queue.client(`worker-${index}`)
        for (;;) {
          const { items, queueHasLockedRequests } = await client.lockHead(60, 3)
          if (items.length === 0 && !queueHasLockedRequests) {
            assert.equal(handled, keys.length)
            return
          }
          clock.advance(1)
          for (const [position, { uniqueKey }] of items.entries()) {
            if (position === 2) {
              await client.deleteLock(uniqueKey)
            } else {
              handled += 1
              await client.finish(uniqueKey)
            }
          }
        }
      }),
    )
  })

  rule('4.5 GET head shows the same order and locks nothing', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f')
    clock.advance(1000)
    const head = await b.listHead(3)
    assert.deepEqual(keysOf(head), ['f', '1', '2'])
    assert.deepEqual(head.items[0], {
      id: content('f').id,
      uniqueKey: 'f',
      url: content('f').url,
      method: 'GET',
      retryCount: 0,
    })
    assert.equal(head.queueModifiedAt, clock.wallMs() - 1000, 'reading is no modification')
    assert.equal(head.hadMultipleClients, true)
    assert.equal((await queue.get('1')).lockExpiresAt, null)
    assert.deepEqual(await a.lock(60), ['f', '1', '2', '3'])
  })

  rule('4.5 GET head shows every request that nobody holds, and no other', async ({ a, b, clock }) => {
    await a.add('1', '2', '3', '4')
    await a.lock(10, 2)
    await a.finish('3')
    assert.deepEqual(await a.head(), ['4'], 'its own locks are left out too')
    assert.deepEqual(await b.head(), ['4'])
    await a.prolong('1', 60)
    clock.advance(10_000)
    assert.deepEqual(await b.head(), ['4', '2'])
    await a.deleteLock('1')
    assert.deepEqual(await b.head(), ['4', '2', '1'])
  })

  rule('4.5 GET head gives up to 1000', async ({ a }) => {
    const keys = Array.from({ length: 1010 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    assert.deepEqual(await a.head(1000), keys.slice(0, 1000))
    assert.deepEqual(await a.head(1), ['page-0'])
  })

  rule('4.5 a head of very long URLs ends at four million characters', async ({ a }) => {
    const long = (key: string, length: number) => content(key, { url: `https://x.org/${'x'.repeat(length)}` })
    await a.addContents([long('1', 1_900_000), long('2', 2_000_000), long('3', 200_000)])
    await a.addContents([long('4', 5_000_000)])
    assert.deepEqual(await a.head(), ['1', '2'])
    assert.deepEqual(await a.head(1), ['1'])
    await a.lock(60, 3)
    assert.deepEqual(await a.head(), ['4'])
  })

  rule('4.6 locks whose answer was lost go back to the very places they had', async ({ a, b, clock }) => {
    await a.add('1', '2')
    await a.addForefront('f1', 'f2')
    const { items, lockExpiresAt } = await a.lockHead(60, 3)
    clock.advance(1000)
    await b.add('3')
    await b.addForefront('f3')
    await a.returnLocks(keysOf({ items }), lockExpiresAt)
    assert.deepEqual(await b.head(), ['f3', 'f2', 'f1', '1', '2', '3'])
    await b.finish('f3')
    assert.deepEqual(await b.lock(60), ['f2', 'f1', '1', '2', '3'])
  })

  rule('4.6 only requests that still have that lock are released', async ({ queue, a, b, clock }) => {
    await a.add('kept', 'prolonged', 'handled', 'deleted', 'handed on')
    const { lockExpiresAt } = await a.lockHead(60)
    clock.advance(1000)
    await a.prolong('prolonged', 60)
    await b.finish('handled')
    await b.delete('deleted')
    await a.deleteLock('handed on')
    await b.lock(60)
    await a.returnLocks(
      ['kept', 'prolonged', 'handled', 'deleted', 'handed on', 'never there'],
      lockExpiresAt,
    )
    assert.equal((await queue.get('kept')).lockByClient, null)
    assert.equal((await queue.get('prolonged')).lockByClient, 'client-a')
    assert.equal((await queue.get('handed on')).lockByClient, 'client-b')
    assert.deepEqual(await queue.counts(), { total: 4, handled: 1, pending: 3 })
    assert.deepEqual(await b.lock(60), ['kept'])
  })

  rule('4.6 what another client holds is not released, though both locks end together', async (scene) => {
    const { queue, a, b } = scene
    await a.add('1', '2')
    const { lockExpiresAt } = await a.lockHead(60, 1)
    await b.lock(60, 1)
    await a.returnLocks(['1', '2'], lockExpiresAt)
    assert.equal((await queue.get('1')).lockByClient, null)
    assert.equal((await queue.get('2')).lockByClient, 'client-b')
  })

  rule('4.6 the holder of a returned lock is not the last holder', async ({ a }) => {
    await a.add('1')
    const { lockExpiresAt } = await a.lockHead(60)
    await a.returnLocks(['1'], lockExpiresAt)
    assert.equal((await a.lockHead(60)).queueHasLockedRequests, true)
    await a.returnLocks(['1'], lockExpiresAt)
    await assert.rejects(a.prolong('1', 60), { errorName: 'lockNotHeld' })
  })

  rule('4.7 the same client gets further requests, never those it holds', async ({ a }) => {
    await a.add('1', '2', '3', '4', '5')
    assert.deepEqual(await a.lock(60, 2), ['1', '2'])
    assert.deepEqual(await a.lock(60, 2), ['3', '4'])
    assert.deepEqual(await a.lock(60, 2), ['5'])
    assert.deepEqual(await a.lock(60, 2), [])
  })
}
