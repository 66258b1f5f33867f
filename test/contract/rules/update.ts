import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'

const yesterday = Date.UTC(2029, 11, 31)

/** Section 6: update and delete. */
export function updateRules(rule: Rule): void {
  // 6.1 What an update is

  rule('6.1 an update replaces the whole stored request', async ({ queue, a }) => {
    await a.addContents([
      content('home', { method: 'POST', retryCount: 2, otherFields: '"userData":{"a":1},"payload":"x"' }),
    ])
    const answer = await a.update('home', { url: 'https://example.com/new', otherFields: '"noRetry":true' })
    assert.deepEqual(answer, {
      requestId: content('home').id,
      wasAlreadyPresent: true,
      wasAlreadyHandled: false,
    })
    assert.deepEqual(await queue.get('home'), {
      ...content('home', { url: 'https://example.com/new', otherFields: '"noRetry":true' }),
      lockExpiresAt: null,
      lockByClient: null,
    })
  })

  rule('6.1 an unknown request is added, at the end or at the head', async ({ queue, a }) => {
    await a.add('1')
    assert.deepEqual(await a.update('2'), {
      requestId: content('2').id,
      wasAlreadyPresent: false,
      wasAlreadyHandled: false,
    })
    await a.update('f', {}, 'forefront')
    assert.deepEqual(await a.head(), ['f', '1', '2'])
    assert.deepEqual(await queue.counts(), { total: 3, handled: 0, pending: 3 })
  })

  rule('6.1 an unknown request with handledAt is added as handled', async ({ queue, a }) => {
    const answer = await a.finish('done', yesterday)
    assert.equal(answer.wasAlreadyPresent, false)
    assert.equal(answer.wasAlreadyHandled, false)
    assert.equal((await queue.get('done')).handledAt, yesterday)
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    assert.deepEqual(await a.head(), [])
  })

  // 6.2 Handled

  rule('6.2 the holder handles its request: the lock is gone, counts have moved', async ({ queue, a, b }) => {
    await a.add('1', '2')
    await a.lock(60, 1)
    const answer = await a.finish('1', yesterday)
    assert.equal(answer.wasAlreadyPresent, true)
    assert.equal(answer.wasAlreadyHandled, false)
    const { handledAt, lockExpiresAt, lockByClient } = await queue.get('1')
    assert.deepEqual([handledAt, lockExpiresAt, lockByClient], [yesterday, null, null])
    assert.deepEqual(await queue.counts(), { total: 2, handled: 1, pending: 1 })
    const { items, queueHasLockedRequests } = await b.lockHead(60)
    assert.deepEqual(items[0]!.uniqueKey, '2')
    assert.equal(items.length, 1)
    assert.equal(queueHasLockedRequests, true)
  })

  rule('6.2 any client can mark a request as handled, whoever holds it', async ({ queue, a, b }) => {
    await a.add('held', 'pending')
    await a.lock(60, 1)
    await b.finish('held')
    await queue.anonymous().finish('pending')
    assert.deepEqual(await queue.counts(), { total: 2, handled: 2, pending: 0 })
    await refuses(a.prolong('held', 60), 'requestHandled')
    assert.equal((await b.lockHead(60)).queueHasLockedRequests, false)
  })

  rule('6.2 counts move once however often it is repeated', async ({ queue, a, b }) => {
    await a.add('1')
    await a.lock(60)
    assert.equal((await a.finish('1', yesterday)).wasAlreadyHandled, false)
    for (const client of [a, b, a]) {
      assert.equal((await client.finish('1', yesterday + 1)).wasAlreadyHandled, true)
      assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    }
    assert.equal((await queue.get('1')).handledAt, yesterday + 1)
  })

  rule('6.2 counts move once when many clients handle a request together', async ({ queue, a }) => {
    await a.add('1', '2')
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => queue.client(`worker-${index}`).finish('1')),
    )
    assert.equal(answers.filter((answer) => !answer.wasAlreadyHandled).length, 1)
    assert.deepEqual(await queue.counts(), { total: 2, handled: 1, pending: 1 })
  })

  // 6.3 Handled no more

  rule('6.3 without handledAt a handled request is pending again, at the end', async ({ queue, a, b }) => {
    await a.add('1', '2')
    await a.lock(60, 1)
    await a.finish('1')
    const answer = await b.update('1')
    assert.equal(answer.wasAlreadyPresent, true)
    assert.equal(answer.wasAlreadyHandled, true)
    assert.equal((await queue.get('1')).handledAt, null)
    assert.deepEqual(await queue.counts(), { total: 2, handled: 0, pending: 2 })
    assert.deepEqual(await b.head(), ['2', '1'])
    await refuses(a.prolong('1', 60), 'lockNotHeld')
    assert.deepEqual(await b.lock(60), ['2', '1'])
  })

  rule(
    '6.3 without handledAt a handled request is pending again, at the head with forefront',
    async (scene) => {
      const { queue, a } = scene
      await a.add('1', '2', '3')
      await a.finish('2')
      await a.update('2', {}, 'forefront')
      assert.deepEqual(await a.head(), ['2', '1', '3'])
      assert.deepEqual(await queue.counts(), { total: 3, handled: 0, pending: 3 })
    },
  )

  rule('6.3 counts stay exact when a request is handled and reopened repeatedly', async ({ queue, a }) => {
    await a.addContents([content('1', { handledAt: yesterday })])
    for (let round = 0; round < 3; round++) {
      assert.equal((await a.update('1')).wasAlreadyHandled, true)
      assert.equal((await a.update('1')).wasAlreadyHandled, false)
      assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
      assert.equal((await a.finish('1')).wasAlreadyHandled, false)
      assert.equal((await a.finish('1')).wasAlreadyHandled, true)
      assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    }
  })

  // 6.4 Given back

  rule(
    '6.4 sent by the holder, the lock is gone and the request available at once, at the end',
    async (scene) => {
      const { queue, a, b } = scene
      await a.add('1', '2')
      await a.lock(60, 1)
      const answer = await a.update('1', { retryCount: 1 })
      assert.equal(answer.wasAlreadyPresent, true)
      assert.equal(answer.wasAlreadyHandled, false)
      assert.equal((await queue.get('1')).lockExpiresAt, null)
      assert.deepEqual(await b.head(), ['2', '1'])
      const { items } = await b.lockHead(60)
      assert.equal(items[1]!.retryCount, 1)
    },
  )

  rule('6.4 sent by the holder with forefront, it is at the head', async ({ a, b }) => {
    await a.add('1', '2')
    await a.addForefront('f')
    assert.deepEqual(await a.lock(60, 2), ['f', '1'])
    await a.update('1', {}, 'forefront')
    assert.deepEqual(await b.head(), ['1', '2'])
  })

  rule(
    '6.4 without forefront a forefront request moves to the end, and stays on that side',
    async ({ a, clock }) => {
      await a.add('1')
      await a.addForefront('f')
      await a.lock(60, 1)
      await a.update('f')
      assert.deepEqual(await a.head(), ['1', 'f'])
      await a.lock(10)
      clock.advance(10_000)
      assert.deepEqual(await a.head(), ['1', 'f'])
    },
  )

  rule('6.4 an update by a client of the same run gives the request back too', async ({ queue, a }) => {
    const holder = queue.client('holder', 'run')
    await a.add('1', '2')
    await holder.lock(60, 1)
    await queue.client('mate', 'run').update('1')
    assert.deepEqual(await a.head(), ['2', '1'])
    await refuses(holder.prolong('1', 60), 'lockNotHeld')
  })

  rule('6.4 a pending request that nobody holds moves to the end or to the head', async ({ a, b }) => {
    await a.add('1', '2', '3')
    await b.update('1')
    assert.deepEqual(await a.head(), ['2', '3', '1'])
    await b.update('3', {}, 'forefront')
    assert.deepEqual(await a.head(), ['3', '2', '1'])
    await b.update('3')
    assert.deepEqual(await a.head(), ['2', '1', '3'])
  })

  rule('6.4 an update by any client moves a request whose lock has expired', async ({ a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.lock(10, 2)
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['3', '1', '2'])
    await a.update('1')
    await b.update('2', {}, 'forefront')
    assert.deepEqual(await a.head(), ['2', '3', '1'])
  })

  rule(
    '6.4 an update by a client that does not hold the lock changes the data only',
    async ({ queue, a, b }) => {
      await a.add('1', '2', '3')
      const { lockExpiresAt } = await a.lockHead(60, 2)
      const answer = await b.update('1', { retryCount: 5, otherFields: '"note":1' })
      assert.equal(answer.wasAlreadyPresent, true)
      assert.equal(answer.wasAlreadyHandled, false)
      assert.deepEqual(await queue.get('1'), {
        ...content('1', { retryCount: 5, otherFields: '"note":1' }),
        lockExpiresAt,
        lockByClient: 'client-a',
      })
      assert.deepEqual(await b.head(), ['3'])
      await a.prolong('1', 60)
      assert.equal(await a.unlock(), 2)
      assert.deepEqual(await b.head(), ['3', '1', '2'])
    },
  )

  rule('6.4 forefront by another client does not move a held request or change its side', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1', '2')
    await a.addForefront('f')
    await a.lock(10, 2)
    await b.update('1', {}, 'forefront')
    await queue.anonymous().update('f', {}, 'end')
    clock.advance(10_000)
    assert.deepEqual(await b.head(), ['f', '2', '1'])
  })

  rule(
    '6.4 after the Python SDK’s one PUT the request comes back within seconds, not minutes',
    async (scene) => {
      const { a, b, clock } = scene
      await a.add('1')
      await a.lock(180)
      await a.update('1', { retryCount: 1 })
      clock.advance(1000)
      assert.deepEqual(await b.lock(180), ['1'])
    },
  )

  rule('6.4 the JavaScript client’s PUT and delete of the lock put it where the PUT said', async ({ a }) => {
    await a.add('1', '2')
    await a.lock(60, 1)
    await a.update('1', { retryCount: 1 }, 'forefront')
    await a.deleteLock('1', 'forefront')
    assert.deepEqual(await a.head(), ['1', '2'])
  })

  // 6.5, 6.6 Delete

  rule('6.5 a deleted request is gone, an unknown one is not found', async ({ queue, a, b }) => {
    await a.add('1', '2', '3')
    await a.finish('3')
    await b.delete('1')
    await refuses(queue.get('1'), 'requestNotFound')
    await refuses(b.delete('1'), 'requestNotFound')
    await refuses(b.delete('never there'), 'requestNotFound')
    assert.deepEqual(await queue.counts(), { total: 2, handled: 1, pending: 1 })
    assert.deepEqual(await a.head(), ['2'])
    await b.delete('3')
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
  })

  rule(
    '6.5 a locked request can be deleted, its holder’s next call finds nothing',
    async ({ queue, a, b }) => {
      await a.add('1')
      await a.lock(60)
      await b.delete('1')
      await refuses(a.prolong('1', 60), 'requestNotFound')
      await refuses(a.deleteLock('1'), 'requestNotFound')
      await refuses(a.delete('1'), 'requestNotFound')
      assert.equal(await a.unlock(), 0)
      assert.deepEqual(await queue.counts(), { total: 0, handled: 0, pending: 0 })
    },
  )

  rule('6.5 a deleted request can be added again, as new', async ({ queue, a }) => {
    await a.add('1', '2')
    await a.finish('1')
    await a.delete('1')
    const [again] = await a.add('1')
    assert.equal(again!.wasAlreadyPresent, false)
    assert.deepEqual(await a.head(), ['2', '1'])
    assert.deepEqual(await queue.counts(), { total: 2, handled: 0, pending: 2 })
  })

  rule('6.6 a batch deletes what is there, in any state, and nothing twice', async ({ queue, a, b }) => {
    await a.add('locked', 'handled', 'pending', 'stays')
    await a.lock(60, 1)
    await a.finish('handled')
    await b.deleteMany('locked', 'never there', 'pending', 'handled', 'pending')
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
    assert.equal((await queue.view()).stats.deleteCount, 3)
    assert.deepEqual(await a.head(), ['stays'])
    await refuses(a.prolong('locked', 60), 'requestNotFound')
  })

  rule('6.6 a batch sent again deletes nothing more and does not fail', async ({ queue, a }) => {
    await a.add('1', '2')
    await a.deleteMany('1')
    await a.deleteMany('1')
    await a.deleteMany('1', 'never there')
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
    assert.equal((await queue.view()).stats.deleteCount, 1)
  })

  // 6.7 Batch add

  rule('6.7 a batch answers each element, in the order it came', async ({ a }) => {
    await a.add('old')
    await a.finish('old')
    await a.add('there')
    const answers = await a.addContents([
      content('new'),
      content('there'),
      content('done', { handledAt: yesterday }),
      content('old'),
    ])
    assert.deepEqual(
      answers,
      (
        [
          ['new', false, false],
          ['there', true, false],
          ['done', false, false],
          ['old', true, true],
        ] as const
      ).map(([uniqueKey, wasAlreadyPresent, wasAlreadyHandled]) => ({
        requestId: content(uniqueKey).id,
        uniqueKey,
        wasAlreadyPresent,
        wasAlreadyHandled,
      })),
    )
    assert.deepEqual(await a.head(), ['there', 'new'])
  })

  rule('6.7 equal batches sent together add each request once', async ({ queue, a }) => {
    const keys = Array.from({ length: 25 }, (_, index) => `page-${index}`)
    const batches = await Promise.all(
      Array.from({ length: 10 }, (_, index) => queue.client(`worker-${index}`).add(...keys)),
    )
    const added = batches.flat().filter((answer) => !answer.wasAlreadyPresent)
    assert.equal(added.length, 25)
    assert.deepEqual(await queue.counts(), { total: 25, handled: 0, pending: 25 })
    assert.deepEqual(await a.head(), keys)
  })

  // 6.8 Late

  rule(
    '6.8 a former holder that finishes late marks the request as handled',
    async ({ queue, a, b, clock }) => {
      await a.add('1')
      await a.lock(60)
      clock.advance(60_000)
      assert.deepEqual(await b.lock(60), ['1'])
      const answer = await a.finish('1')
      assert.equal(answer.wasAlreadyHandled, false)
      assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
      await refuses(b.prolong('1', 60), 'requestHandled')
      await refuses(b.deleteLock('1'), 'requestHandled')
      assert.equal((await b.finish('1')).wasAlreadyHandled, true)
      assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
      clock.advance(60_000)
      assert.deepEqual(await b.head(), [])
    },
  )

  rule('6.8 a former holder that gives back late changes only the data', async ({ queue, a, b, clock }) => {
    await a.add('1')
    await a.lock(60)
    clock.advance(60_000)
    const { lockExpiresAt } = await b.lockHead(60)
    await a.update('1', { retryCount: 9 }, 'forefront')
    const view = await queue.get('1')
    assert.deepEqual([view.retryCount, view.lockByClient, view.lockExpiresAt], [9, 'client-b', lockExpiresAt])
    await b.prolong('1', 60)
  })
}
