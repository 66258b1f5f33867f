import assert from 'node:assert/strict'
import { refuses } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { errorCatalogue, messageOf } from '../../../src/domain/errors.ts'

/** Section 5: locks. */
export function lockRules(rule: Rule): void {
  // 5.1 Prolong

  rule('5.1 prolong counts from now, not from the end of the lock', async ({ queue, a, b, clock }) => {
    await a.add('1')
    await a.lock(60)
    clock.advance(50_000)
    const lockExpiresAt = await a.prolong('1', 30)
    assert.equal(lockExpiresAt, clock.wallMs() + 30_000)
    assert.equal((await queue.get('1')).lockExpiresAt, lockExpiresAt)
    clock.advance(29_999)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['1'])
  })

  rule('5.1 prolong may shorten a lock', async ({ a, b, clock }) => {
    await a.add('1')
    await a.addForefront('f')
    await a.lock(60)
    await a.prolong('1', 5)
    await a.prolong('f', 5)
    clock.advance(5000)
    assert.deepEqual(await b.lock(60), ['f', '1'])
  })

  rule('5.1 a client of the same run may prolong, and the lock stays with its holder', async (scene) => {
    const { queue, clock } = scene
    const holder = queue.client('holder', 'run')
    const mate = queue.client('mate', 'run')
    await holder.add('1')
    await holder.lock(60)
    clock.advance(1000)
    assert.equal(await mate.prolong('1', 60), clock.wallMs() + 60_000)
    assert.equal((await queue.get('1')).lockByClient, 'holder')
    await holder.prolong('1', 60)
  })

  rule('5.1 a client of another run, or of none, may not', async ({ queue, a }) => {
    const holder = queue.client('holder', 'run')
    await holder.add('1')
    await holder.lock(60)
    await refuses(queue.client('stranger', 'other-run').prolong('1', 60), 'requestLockedByOther')
    await refuses(a.prolong('1', 60), 'requestLockedByOther')
    await refuses(queue.anonymous().prolong('1', 60), 'requestLockedByOther')
  })

  rule('5.1 two clients outside any run are not of the same run', async ({ a, b }) => {
    await a.add('1')
    await a.lock(60)
    await refuses(b.prolong('1', 60), 'requestLockedByOther')
  })

  rule('5.1 the client key alone makes the holder, whatever the run', async ({ queue, a }) => {
    await a.add('1')
    await a.lock(60)
    await queue.client('client-a', 'run').prolong('1', 60)
    assert.equal((await queue.get('1')).lockByClient, 'client-a')
  })

  rule(
    '5.1 the last holder takes an expired lock back when nobody has taken the request since',
    async (scene) => {
      const { queue, a, b, clock } = scene
      await a.add('1', '2')
      await a.lock(60, 1)
      clock.advance(60_000)
      assert.deepEqual(await b.head(), ['2', '1'])
      assert.equal(await a.prolong('1', 60), clock.wallMs() + 60_000)
      assert.equal((await queue.get('1')).lockByClient, 'client-a')
      assert.deepEqual(await b.lock(60), ['2'])
      await refuses(b.prolong('1', 60), 'requestLockedByOther')
      clock.advance(86_400_000)
      await a.prolong('1', 60)
    },
  )

  rule(
    '5.1 a client of the same run as the last holder takes the lock back for itself',
    async ({ queue, a, clock }) => {
      const holder = queue.client('holder', 'run')
      const mate = queue.client('mate', 'run')
      await a.add('1')
      await holder.lock(60)
      clock.advance(60_000)
      await mate.prolong('1', 60)
      assert.equal((await queue.get('1')).lockByClient, 'mate')
      await holder.prolong('1', 60)
      await refuses(a.prolong('1', 60), 'requestLockedByOther')
      clock.advance(60_000)
      await holder.prolong('1', 60)
    },
  )

  rule(
    '5.1 an expired lock is not taken back from somebody who has the request now',
    async ({ a, b, clock }) => {
      await a.add('1')
      await a.lock(60)
      clock.advance(60_000)
      assert.deepEqual(await b.lock(60), ['1'])
      await refuses(a.prolong('1', 60), 'requestLockedByOther')
    },
  )

  rule(
    '5.1 an expired lock is not taken back once another client had the request, even if it is free again',
    async ({ a, b, clock }) => {
      await a.add('1', '2')
      await a.lock(60)
      clock.advance(60_000)
      assert.deepEqual(await b.lock(60), ['1', '2'])
      await b.deleteLock('1')
      await refuses(a.prolong('1', 60), 'lockNotHeld')
      clock.advance(60_000)
      await refuses(a.prolong('2', 60), 'lockNotHeld')
      await b.prolong('2', 60)
    },
  )

  rule('5.1 an expired lock is not taken back after the client gave it back itself', async ({ a, clock }) => {
    await a.add('deleted', 'updated', 'unlocked')
    await a.lock(60)
    await a.deleteLock('deleted')
    await a.update('updated')
    await a.unlock()
    for (const key of ['deleted', 'updated', 'unlocked']) await refuses(a.prolong(key, 60), 'lockNotHeld')
    clock.advance(60_000)
    for (const key of ['deleted', 'updated', 'unlocked']) await refuses(a.prolong(key, 60), 'lockNotHeld')
  })

  rule('5.1 giving back by an update counts after the lock ran out too', async ({ queue, a, clock }) => {
    const holder = queue.client('holder', 'run')
    const mate = queue.client('mate', 'run')
    await a.add('1', '2')
    await holder.lock(60)
    clock.advance(60_000)
    await holder.update('1')
    await mate.update('2')
    await refuses(holder.prolong('1', 60), 'lockNotHeld')
    await refuses(holder.prolong('2', 60), 'lockNotHeld')
  })

  rule('5.1 an update by somebody else does not keep the last holder from taking it back', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1', '2')
    await a.lock(60)
    clock.advance(60_000)
    await b.update('1', { retryCount: 1 })
    assert.deepEqual(await b.head(), ['2', '1'])
    await refuses(b.prolong('1', 60), 'lockNotHeld')
    await a.prolong('1', 60)
    assert.equal((await queue.get('1')).lockByClient, 'client-a')
    assert.equal((await queue.get('1')).retryCount, 1)
    clock.advance(60_000)
    assert.deepEqual(await b.head(), ['2', '1'])
  })

  rule(
    '5.1 a repeated add, an empty lock or a delete of no lock does not keep the last holder from taking it back',
    async ({ a, b, clock }) => {
      await a.add('1')
      await a.lock(60)
      clock.advance(60_000)
      await b.add('1')
      await b.deleteLock('1')
      await a.deleteLock('1')
      assert.equal(await b.unlock(), 0)
      assert.equal(await a.unlock(), 0)
      await a.prolong('1', 60)
    },
  )

  rule('5.1 an expired lock is not taken back once the request was handled', async ({ a, b, clock }) => {
    await a.add('1')
    await a.lock(60)
    clock.advance(60_000)
    await b.finish('1')
    await refuses(a.prolong('1', 60), 'requestHandled')
    await b.update('1')
    await refuses(a.prolong('1', 60), 'lockNotHeld')
  })

  rule(
    '5.1 an expired lock is not taken back when the request was deleted and added again',
    async ({ a, clock }) => {
      await a.add('1', '2')
      await a.lock(60)
      await a.delete('1')
      await a.add('1')
      await refuses(a.prolong('1', 60), 'lockNotHeld')
      clock.advance(60_000)
      await a.deleteMany('2')
      await a.add('2')
      await refuses(a.prolong('2', 60), 'lockNotHeld')
    },
  )

  rule(
    '5.1 when one client takes a lock back and another locks at the same moment, one wins',
    async ({ queue, a, b, clock }) => {
      for (let round = 0; round < 20; round++) {
        const key = `page-${round}`
        await a.add(key)
        assert.deepEqual(await a.lock(10), [key])
        clock.advance(10_000)
        const takeBack = () =>
          a.prolong(key, 60).then(
            () => true,
            () => false,
          )
        const calls = round % 2 === 0 ? [takeBack(), b.lock(60)] : [b.lock(60), takeBack()]
        const answers = await Promise.all(calls)
        const tookBack = answers.find((answer) => typeof answer === 'boolean')!
        const locked = answers.find((answer) => Array.isArray(answer))!
        assert.equal(locked.length, tookBack ? 0 : 1)
        assert.equal((await queue.get(key)).lockByClient, tookBack ? 'client-a' : 'client-b')
        await a.finish(key)
      }
    },
  )

  // 5.2 Refusals

  rule(
    '5.2 prolong: 403 for another holder, 400 for handled or never held, 404 for unknown',
    async (scene) => {
      const { a, b, clock } = scene
      await a.add('held', 'handled', 'never held')
      await a.lock(60, 2)
      await a.finish('handled')
      await refuses(b.prolong('held', 60), 'requestLockedByOther')
      await refuses(b.prolong('handled', 60), 'requestHandled')
      await refuses(a.prolong('handled', 60), 'requestHandled')
      await refuses(a.prolong('never held', 60), 'lockNotHeld')
      await refuses(a.prolong('unknown', 60), 'requestNotFound')
      clock.advance(60_000)
      await refuses(b.prolong('held', 60), 'lockNotHeld')
    },
  )

  rule(
    '5.2 delete lock: 403 for another holder, 400 for handled, 404 for unknown',
    async ({ queue, a, b }) => {
      await a.add('held', 'handled')
      await a.lock(60, 2)
      await a.finish('handled')
      await refuses(b.deleteLock('held'), 'requestLockedByOther')
      await refuses(queue.anonymous().deleteLock('held'), 'requestLockedByOther')
      await refuses(b.deleteLock('handled'), 'requestHandled')
      await refuses(a.deleteLock('handled'), 'requestHandled')
      await refuses(a.deleteLock('unknown'), 'requestNotFound')
      assert.equal((await queue.get('held')).lockByClient, 'client-a')
    },
  )

  rule('5.2 the three refusals are one type with the right status and messages of their own', async () => {
    const { requestLockedByOther, requestHandled, lockNotHeld } = errorCatalogue
    const messages = new Set<string>()
    for (const [name, status] of [
      ['requestLockedByOther', 403],
      ['requestHandled', 400],
      ['lockNotHeld', 400],
    ] as const) {
      assert.equal(errorCatalogue[name].type, 'request-handled-or-locked')
      assert.equal(errorCatalogue[name].status, status)
      messages.add(messageOf(name, {}))
    }
    assert.equal(messages.size, [requestLockedByOther, requestHandled, lockNotHeld].length)
  })

  // 5.3 Delete lock

  rule(
    '5.3 a client of the same run, or with the same client key, may delete a lock',
    async ({ queue, a }) => {
      await a.add('1', '2')
      await queue.client('holder', 'run').lock(60)
      await queue.client('mate', 'run').deleteLock('1')
      await queue.client('holder').deleteLock('2')
      assert.deepEqual(await a.head(), ['1', '2'])
    },
  )

  rule('5.3 deleting a lock that nobody holds changes nothing', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3')
    const before = await queue.view()
    clock.advance(1000)
    await a.deleteLock('1')
    await b.deleteLock('3', 'forefront')
    assert.deepEqual(await a.head(), ['1', '2', '3'])
    assert.equal((await queue.view()).modifiedAt, before.modifiedAt)
  })

  rule('5.3 deleting a lock twice is deleting it once', async ({ queue, a, clock }) => {
    await a.add('1', '2')
    await a.lock(60)
    await a.deleteLock('2', 'forefront')
    await a.deleteLock('1')
    const before = await queue.view()
    clock.advance(1000)
    await a.deleteLock('2', 'forefront')
    await a.deleteLock('2')
    await a.deleteLock('1', 'forefront')
    assert.deepEqual(await a.head(), ['2', '1'])
    assert.equal((await queue.view()).modifiedAt, before.modifiedAt)
  })

  rule('5.3 deleting an expired lock changes nothing', async ({ a, b, clock }) => {
    await a.add('1', '2')
    await a.lock(10, 1)
    clock.advance(10_000)
    await b.deleteLock('1', 'forefront')
    await a.deleteLock('1', 'forefront')
    assert.deepEqual(await a.head(), ['2', '1'])
  })

  // 5.4 Unlock

  rule(
    '5.4 unlock releases the caller’s live locks and counts exactly those',
    async ({ queue, a, b, clock }) => {
      await a.add('1', '2', '3', '4', '5')
      await a.lock(10, 1)
      await a.lock(60, 2)
      await b.lock(60, 1)
      await a.finish('3')
      clock.advance(10_000)
      assert.equal(
        await a.unlock(),
        1,
        '1 ran out, 2 is held, 3 is handled, 4 is another’s, 5 was never held',
      )
      assert.equal((await queue.get('4')).lockByClient, 'client-b')
      assert.deepEqual(await a.head(), ['5', '1', '2'])
      assert.equal(await a.unlock(), 0)
      assert.equal(await b.unlock(), 1)
    },
  )

  rule('5.4 a lock is counted until the very moment it ends', async ({ a, clock }) => {
    await a.add('1', '2')
    await a.lock(10)
    await a.prolong('2', 10.001)
    clock.advance(10_000)
    assert.equal(await a.unlock(), 1)
  })

  rule('5.4 a caller inside a run releases every live lock of the run', async ({ queue, a }) => {
    const first = queue.client('first', 'run')
    const second = queue.client('second', 'run')
    const stranger = queue.client('stranger', 'other-run')
    await a.add('1', '2', '3', '4')
    await first.lock(60, 1)
    await second.lock(60, 1)
    await stranger.lock(60, 1)
    await a.lock(60, 1)
    assert.equal(await first.unlock(), 2)
    assert.equal((await queue.get('3')).lockByClient, 'stranger')
    assert.equal((await queue.get('4')).lockByClient, 'client-a')
    assert.deepEqual(await a.head(), ['1', '2'])
  })

  rule('5.4 a caller inside a run releases its key’s locks of other runs and of none too', async (scene) => {
    const { queue, a } = scene
    await scene.a.add('1', '2', '3')
    await a.lock(60, 1)
    await queue.client('client-a', 'old-run').lock(60, 1)
    await queue.client('other', 'run').lock(60, 1)
    assert.equal(await queue.client('client-a', 'run').unlock(), 3)
  })

  rule('5.4 without a client key the run’s locks are released', async ({ queue, a }) => {
    await a.add('1', '2')
    await queue.client('holder', 'run').lock(60, 1)
    await queue.anonymous('run').lock(60, 1)
    assert.equal(await queue.anonymous('run').unlock(), 2)
    assert.deepEqual(await a.head(), ['1', '2'])
  })

  rule('5.4 without a client key and outside a run nothing is released', async ({ queue, a }) => {
    await a.add('1', '2')
    await a.lock(60, 1)
    await queue.anonymous().lock(60, 1)
    assert.equal(await queue.anonymous().unlock(), 0)
    assert.deepEqual(await a.head(), [])
  })

  rule('5.4 more locks than one batch holds are released together', async ({ queue, a, b }) => {
    const keys = Array.from({ length: 300 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    for (let call = 0; call < 10; call++) await a.lock(60)
    assert.equal(await a.unlock(), 250)
    assert.deepEqual(await b.head(), [...keys.slice(250), ...keys.slice(0, 250)])
    assert.deepEqual(await queue.counts(), { total: 300, handled: 0, pending: 300 })
  })

  rule('5.4 locks in another queue stay', async ({ a, newQueue }) => {
    const other = await newQueue()
    const sameClient = other.client('client-a')
    await a.add('1')
    await sameClient.add('1')
    await a.lock(60)
    await sameClient.lock(60)
    assert.equal(await a.unlock(), 1)
    assert.equal((await other.get('1')).lockByClient, 'client-a')
  })

  // 5.5 What answers show

  rule(
    '5.5 get and list show a lock while it is alive, and none when not',
    async ({ queue, a, b, clock }) => {
      await a.add('1')
      const shown = async () => {
        const { lockExpiresAt, lockByClient } = await queue.get('1')
        const [listed] = (await b.list()).items
        assert.equal(listed!.lockExpiresAt, lockExpiresAt)
        assert.equal(listed!.lockByClient, lockByClient)
        return [lockExpiresAt, lockByClient]
      }
      assert.deepEqual(await shown(), [null, null])
      const { lockExpiresAt } = await a.lockHead(10)
      assert.deepEqual(await shown(), [lockExpiresAt, 'client-a'])
      clock.advance(9_999)
      assert.deepEqual(await shown(), [lockExpiresAt, 'client-a'])
      clock.advance(1)
      assert.deepEqual(await shown(), [null, null])
      const prolonged = await a.prolong('1', 10)
      assert.deepEqual(await shown(), [prolonged, 'client-a'])
      await a.deleteLock('1')
      assert.deepEqual(await shown(), [null, null])
      await b.lock(10)
      await a.finish('1')
      assert.deepEqual(await shown(), [null, null])
    },
  )

  rule('5.5 the longest client key is given back as it came', async ({ queue, a }) => {
    const clientKey = 'k'.repeat(32)
    await a.add('1')
    await queue.client(clientKey).lock(60)
    assert.equal((await queue.get('1')).lockByClient, clientKey)
    await queue.client(clientKey).prolong('1', 60)
  })
}
