import assert from 'node:assert/strict'
import { content } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'

/** Section 3: order. */
export function orderRules(rule: Rule): void {
  rule('3.1 first in, first out', async ({ a, b, clock }) => {
    await a.add('1')
    clock.advance(1000)
    await b.add('2')
    clock.advance(1)
    await a.add('3')
    assert.deepEqual(await a.head(), ['1', '2', '3'])
    assert.deepEqual(await b.lock(60), ['1', '2', '3'])
  })

  rule('3.1 a batch keeps the order of its array', async ({ a }) => {
    const keys = Array.from({ length: 25 }, (_, index) => `key-${(index * 7) % 25}`)
    await a.add(...keys)
    assert.deepEqual(await a.head(), keys)
  })

  rule('3.1 adds inside one millisecond keep their order', async ({ a, b }) => {
    const keys = Array.from({ length: 60 }, (_, index) => `key-${(index * 13) % 60}`)
    for (const [index, key] of keys.entries()) await (index % 2 === 0 ? a : b).add(key)
    assert.deepEqual(await a.head(), keys)
  })

  rule('3.1 a handled request in a batch takes no place', async ({ a }) => {
    await a.addContents([content('1'), content('done', { handledAt: 1 }), content('2')])
    assert.deepEqual(await a.head(), ['1', '2'])
  })

  rule('3.2 forefront comes before everything, the latest first', async ({ a, b, clock }) => {
    await a.add('1', '2')
    clock.advance(1000)
    await a.addForefront('f1')
    clock.advance(1000)
    await b.addForefront('f2')
    await b.add('3')
    assert.deepEqual(await a.head(), ['f2', 'f1', '1', '2', '3'])
  })

  rule('3.2 inside a forefront batch the last element comes first', async ({ a }) => {
    await a.add('1')
    await a.addForefront('f1', 'f2', 'f3')
    assert.deepEqual(await a.head(), ['f3', 'f2', 'f1', '1'])
  })

  rule('3.2 forefront adds inside one millisecond are a stack too', async ({ a, b }) => {
    await a.addForefront('f1', 'f2')
    await b.add('1')
    await b.addForefront('f3')
    await a.addForefront('f4', 'f5')
    assert.deepEqual(await b.lock(60), ['f5', 'f4', 'f3', 'f2', 'f1', '1'])
  })

  rule('3.3 after its lock ran out a request goes to the side it had', async ({ a, b, clock }) => {
    await a.add('1', '2')
    await a.addForefront('f')
    assert.deepEqual(await a.lock(10, 2), ['f', '1'])
    clock.advance(5000)
    await b.add('3')
    clock.advance(5000)
    assert.deepEqual(await b.head(), ['f', '2', '3', '1'])
  })

  rule(
    '3.3 an expired forefront lock is ahead of what came meanwhile, not of later',
    async ({ a, clock }) => {
      await a.addForefront('f1')
      await a.lock(10)
      clock.advance(5000)
      await a.addForefront('f2')
      clock.advance(5000)
      assert.deepEqual(await a.head(), ['f1', 'f2'])
      clock.advance(1)
      await a.addForefront('f3')
      assert.deepEqual(await a.head(), ['f3', 'f1', 'f2'])
    },
  )

  rule('3.3 an expired lock is behind what came meanwhile, not behind later', async ({ a, clock }) => {
    await a.add('1')
    await a.lock(10)
    clock.advance(5000)
    await a.add('2')
    clock.advance(5001)
    await a.add('3')
    assert.deepEqual(await a.head(), ['2', '1', '3'])
  })

  rule(
    '3.3 a request added at the moment a lock ends finds the released one in its place',
    async ({ a, clock }) => {
      await a.add('1')
      await a.addForefront('f1')
      await a.lock(10)
      clock.advance(10_000)
      await a.add('2')
      await a.addForefront('f2')
      assert.deepEqual(await a.head(), ['f2', 'f1', '1', '2'])
    },
  )

  rule(
    '3.3 prolong with forefront sends it to the head, with its opposite to the end',
    async ({ a, clock }) => {
      await a.add('1', '2')
      await a.addForefront('f')
      assert.deepEqual(await a.lock(10, 2), ['f', '1'])
      await a.prolong('1', 20, 'forefront')
      await a.prolong('f', 20, 'end')
      assert.deepEqual(await a.head(), ['2'])
      clock.advance(20_000)
      assert.deepEqual(await a.head(), ['1', '2', 'f'])
    },
  )

  rule('3.3 prolong that says nothing of sides, or the same side, keeps it', async ({ a, clock }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f1', 'f2')
    assert.deepEqual(await a.lock(10, 4), ['f2', 'f1', '1', '2'])
    for (const key of ['f1', '2']) await a.prolong(key, 20)
    await a.prolong('f2', 20, 'forefront')
    await a.prolong('1', 20, 'end')
    clock.advance(20_000)
    assert.deepEqual(await a.head(), ['f2', 'f1', '3', '1', '2'])
  })

  rule('3.3 prolong of an expired lock sets the side too', async ({ a, clock }) => {
    await a.add('1', '2')
    await a.addForefront('f')
    assert.deepEqual(await a.lock(10, 2), ['f', '1'])
    clock.advance(10_000)
    await a.prolong('1', 10, 'forefront')
    await a.prolong('f', 10, 'end')
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['1', '2', 'f'])
  })

  rule('3.3 bulk unlock obeys the side that prolong gave', async ({ a }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f')
    assert.deepEqual(await a.lock(10, 3), ['f', '1', '2'])
    await a.prolong('1', 10, 'forefront')
    await a.prolong('f', 10, 'end')
    await a.unlock()
    assert.deepEqual(await a.head(), ['1', '3', '2', 'f'])
  })

  rule('3.3 a side changed and changed back is a new place on it', async ({ a, clock }) => {
    await a.add('1', '2', '3')
    await a.lock(10, 2)
    await a.prolong('1', 10, 'forefront')
    await a.prolong('1', 10, 'end')
    assert.equal(await a.unlock(), 2)
    assert.deepEqual(await a.head(), ['3', '2', '1'])
    clock.advance(1000)
    assert.deepEqual(await a.head(), ['3', '2', '1'])
  })

  rule('3.4 a deleted lock makes the request available at once, at the end', async ({ a, b }) => {
    await a.add('1', '2', '3')
    await a.lock(60, 1)
    await a.deleteLock('1')
    assert.deepEqual(await b.head(), ['2', '3', '1'])
    assert.deepEqual(await b.lock(60), ['2', '3', '1'])
  })

  rule('3.4 a deleted lock with forefront puts it at the head', async ({ a, b }) => {
    await a.add('1', '2')
    await a.addForefront('f')
    await a.lock(60, 2)
    await b.addForefront('f2')
    await a.deleteLock('1', 'forefront')
    assert.deepEqual(await b.head(), ['1', 'f2', '2'])
    await a.deleteLock('f', 'forefront')
    assert.deepEqual(await b.head(), ['f', '1', 'f2', '2'])
  })

  rule(
    '3.4 a deleted lock without forefront goes to the end, also from the forefront',
    async ({ a, clock }) => {
      await a.add('1')
      await a.addForefront('f')
      await a.lock(60, 1)
      await a.deleteLock('f')
      assert.deepEqual(await a.head(), ['1', 'f'])
      await a.lock(10)
      clock.advance(10_000)
      await a.addForefront('f2')
      assert.deepEqual(await a.head(), ['f2', '1', 'f'], 'the side was set anew')
    },
  )

  rule('3.5 bulk unlock keeps the order the requests had among themselves', async ({ a, clock }) => {
    await a.add('1', '2', '3', '4', '5')
    assert.deepEqual(await a.lock(60, 2), ['1', '2'])
    clock.advance(1000)
    assert.deepEqual(await a.lock(10, 2), ['3', '4'])
    await a.prolong('1', 100)
    assert.equal(await a.unlock(), 4)
    assert.deepEqual(await a.head(), ['5', '1', '2', '3', '4'])
  })

  rule('3.5 bulk unlock returns requests to their sides, in order', async ({ a, clock }) => {
    await a.add('1', '2')
    await a.addForefront('f1', 'f2', 'f3')
    assert.deepEqual(await a.lock(60), ['f3', 'f2', 'f1', '1', '2'])
    clock.advance(1000)
    await a.add('3')
    await a.addForefront('f4')
    assert.equal(await a.unlock(), 5)
    assert.deepEqual(await a.head(), ['f3', 'f2', 'f1', 'f4', '3', '1', '2'])
  })

  rule('3.5 requests that bulk unlock released behave like any other', async ({ a, b }) => {
    await a.add('1', '2')
    await a.addForefront('f1', 'f2')
    await a.lock(60)
    await a.unlock()
    await b.add('3')
    await b.addForefront('f3')
    assert.deepEqual(await b.lock(60), ['f3', 'f2', 'f1', '1', '2', '3'])
    await b.unlock()
    assert.deepEqual(await b.lock(60), ['f3', 'f2', 'f1', '1', '2', '3'])
  })

  rule(
    '3.5 bulk unlock of the locks of several clients of a run keeps one order too',
    async ({ queue, a }) => {
      const first = queue.client('first', 'run')
      const second = queue.client('second', 'run')
      await a.add('1', '2', '3', '4')
      assert.deepEqual(await second.lock(60, 1), ['1'])
      assert.deepEqual(await first.lock(30, 1), ['2'])
      assert.deepEqual(await second.lock(10, 1), ['3'])
      assert.equal(await first.unlock(), 3)
      assert.deepEqual(await a.head(), ['4', '1', '2', '3'])
    },
  )

  rule(
    '3.6 forefront: the lock that ended later comes first; end: that which ended earlier',
    async (scene) => {
      const { a, clock } = scene
      await a.add('1', '2', '3')
      await a.addForefront('f3', 'f2', 'f1')
      for (const [key, seconds] of [
        ['f1', 10],
        ['f2', 30],
        ['f3', 20],
        ['1', 30],
        ['2', 10],
        ['3', 20],
      ] as const) {
        assert.deepEqual(await a.lock(seconds, 1), [key])
      }
      clock.advance(10_000)
      assert.deepEqual(await a.head(), ['f1', '2'])
      clock.advance(10_000)
      assert.deepEqual(await a.head(), ['f3', 'f1', '2', '3'])
      clock.advance(10_000)
      assert.deepEqual(await a.head(), ['f2', 'f3', 'f1', '2', '3', '1'])
    },
  )

  rule('3.6 the order is right even if no call was made while locks expired', async ({ a, clock }) => {
    await a.add('1', '2')
    await a.addForefront('f2', 'f1')
    await a.lock(10, 1)
    await a.lock(30, 1)
    await a.lock(30, 1)
    await a.lock(10, 1)
    clock.advance(86_400_000)
    assert.deepEqual(await a.lock(60), ['f2', 'f1', '2', '1'])
  })

  rule('3.6 locks that end together keep the order they had', async ({ a, clock }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f1', 'f2')
    await a.lock(10)
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['f2', 'f1', '1', '2', '3'])
  })

  rule('3.6 the end that counts is that of the prolonged lock', async ({ a, clock }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f1', 'f2')
    await a.lock(10)
    await a.prolong('1', 20)
    await a.prolong('2', 5)
    await a.prolong('f1', 15)
    clock.advance(20_000)
    assert.deepEqual(await a.head(), ['f1', 'f2', '2', '3', '1'])
  })

  rule('3.6 a lock taken back ends when it ends the second time', async ({ a, clock }) => {
    await a.add('1', '2')
    await a.lock(10)
    clock.advance(10_000)
    await a.prolong('1', 10)
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['2', '1'])
  })

  rule('3.7 order holds when the wall clock is set back', async ({ a, clock }) => {
    await a.add('1')
    clock.jump(-3_600_000)
    await a.add('2')
    await a.addForefront('f1')
    clock.advance(1)
    clock.jump(-3_600_000)
    await a.addForefront('f2')
    await a.add('3')
    assert.deepEqual(await a.head(), ['f2', 'f1', '1', '2', '3'])
  })

  rule('3.7 a lock lasts as long as it should when the wall clock is set back', async ({ a, b, clock }) => {
    await a.add('1')
    const { lockExpiresAt } = await a.lockHead(60)
    clock.jump(-3_600_000)
    clock.advance(59_999)
    assert.deepEqual(await b.head(), [])
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.head(), ['1'])
    const again = await b.lockHead(60)
    assert.equal(again.lockExpiresAt, lockExpiresAt + 60_000)
  })

  rule('3.7 an expired lock does not come back to life when the wall clock is set back', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1')
    await a.lock(60)
    clock.advance(60_000)
    assert.deepEqual(await b.head(), ['1'])
    clock.jump(-3_600_000)
    assert.deepEqual(await b.head(), ['1'])
    assert.equal((await queue.get('1')).lockExpiresAt, null)
    assert.deepEqual(await b.lock(60), ['1'])
  })

  rule(
    '3.7 a wall clock that is set forward and back again leaves the time of the queue moved forward',
    async (scene) => {
      const { queue, a, b, clock } = scene
      await a.add('1', '2')
      await a.lock(60)
      clock.jump(3_600_000)
      assert.deepEqual(await b.head(), ['1', '2'], 'an hour later the locks are over')
      clock.jump(-3_600_000)
      assert.deepEqual(await b.head(), ['1', '2'], 'and they stay over, although only a read saw that hour')
      assert.equal((await queue.get('1')).lockByClient, null)
      assert.deepEqual(await b.lock(60, 1), ['1'])
      assert.deepEqual(await a.lock(60), ['2'])
    },
  )

  rule('3.7 a time that get request has shown does not run backwards either', async ({ queue, a, clock }) => {
    await a.add('1')
    await a.lock(60)
    clock.jump(3_600_000)
    assert.equal((await queue.get('1')).lockByClient, null)
    clock.jump(-3_600_000)
    assert.equal((await queue.get('1')).lockByClient, null)
  })

  rule('3.7 no time that is shown ever runs backwards', async ({ queue, a, clock }) => {
    let shown = 0
    for (const jump of [0, -3_600_000, 7_200_000, -86_400_000, 1, -1]) {
      clock.jump(jump)
      clock.advance(7)
      await a.add(`key-${jump}`)
      const { modifiedAt, accessedAt } = await queue.view()
      assert.ok(modifiedAt > shown, `modifiedAt ${modifiedAt} after ${shown}`)
      assert.ok(accessedAt >= modifiedAt)
      assert.ok(Number.isInteger(modifiedAt))
      shown = accessedAt
    }
  })
}
