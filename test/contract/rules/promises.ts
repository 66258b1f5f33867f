import assert from 'node:assert/strict'
import { content, keysOf, type QueueClient, refuses, type TestQueue } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import type { ErrorName } from '../../../src/domain/errors.ts'

/** Section 11: promises. `durableRule` registers what only a store that keeps something can show. */
export function promiseRules(rule: Rule, durableRule: Rule): void {
  // 11.1 Durable

  durableRule('11.1 everything is there after a restart: data, order, locks, counts', async (scene) => {
    const { a, b, queue, clock, newQueue } = scene
    const named = await newQueue('named')
    await named.client('only').addContents([content('x', { otherFields: '"userData":{"a":1}' })])
    await a.add('1', '2', '3', '4')
    await a.addForefront('f1', 'f2')
    await a.lock(60, 3)
    await b.lock(10, 1)
    await a.finish('f1')
    const state = await wholeState(queue)
    const namedView = await named.view()

    const after = await scene.reopen!()
    assert.deepEqual(await wholeState(after.queue), state)
    const again = await after.store.getOrCreateQueue({ userId: after.user.id, name: 'NAMED' })
    assert.equal(again.created, false)
    assert.deepEqual(again.queue, namedView)
    assert.deepEqual(await after.queue.counts(), { total: 6, handled: 1, pending: 5 })

    assert.deepEqual(await after.b.head(), ['3', '4'])
    clock.advance(10_000)
    assert.deepEqual(await after.b.head(), ['3', '4', '2'])
    await refuses(after.b.prolong('1', 60), 'requestLockedByOther')
    await after.b.prolong('2', 60)
    await after.a.prolong('1', 60)
    await after.b.addForefront('f3')
    await after.b.add('5')
    assert.deepEqual(await after.b.head(), ['f3', '3', '4', '5'])
    clock.advance(60_000)
    assert.deepEqual(await after.b.head(), ['f2', 'f3', '3', '4', '5', '1', '2'])
  })

  durableRule('11.1 users and tokens are there after a restart', async (scene) => {
    const { store, user } = scene
    const token = await store.createToken({
      userId: user.id,
      tokenHash: 'hash',
      label: 'mine',
      runId: 'run',
      readOnly: true,
    })
    const after = await scene.reopen!()
    assert.deepEqual(await after.store.findUser({ username: 'alice' }), user)
    assert.deepEqual(await after.store.listTokens(), [token])
    assert.equal((await after.store.findCaller({ tokenHash: 'hash' }))!.runId, 'run')
  })

  durableRule('11.1 who held a request last is remembered over a restart', async (scene) => {
    const { a, clock } = scene
    await a.add('1')
    await a.lock(10)
    clock.advance(10_000)
    const after = await scene.reopen!()
    await refuses(after.b.prolong('1', 10), 'lockNotHeld')
    await after.a.prolong('1', 10)
    await refuses(after.b.prolong('1', 10), 'requestLockedByOther')
  })

  durableRule(
    '11.1 whether there were several clients, and the first of them, survive a restart',
    async (scene) => {
      await scene.a.add('1')
      let after = await scene.reopen!()
      await after.a.head()
      assert.equal((await after.queue.view()).hadMultipleClients, false)
      await after.b.head()
      after = await after.reopen!()
      assert.equal((await after.queue.view()).hadMultipleClients, true)
    },
  )

  durableRule('3.7 time does not run backwards over a restart either', async (scene) => {
    const { a, clock } = scene
    await a.add('1', '2')
    await a.lock(60)
    clock.advance(60_000)
    await a.add('3')
    clock.jump(-3_600_000)
    const after = await scene.reopen!()
    assert.deepEqual(await after.b.head(), ['1', '2', '3'], 'what had expired is still expired')
    await after.b.add('4')
    assert.deepEqual(await after.b.lock(60), ['1', '2', '3', '4'])
    clock.advance(60_000)
    assert.deepEqual(await after.a.lock(60), ['1', '2', '3', '4'])
  })

  durableRule('7.9 a deleted queue does not come back with a restart', async (scene) => {
    const { newQueue } = scene
    const doomed = await newQueue('doomed')
    await doomed.client('a').add(...Array.from({ length: 500 }, (_, index) => `page-${index}`))
    await doomed.delete()
    const after = await scene.reopen!()
    const again = await after.newQueue('doomed')
    assert.deepEqual(await again.counts(), { total: 0, handled: 0, pending: 0 })
    assert.deepEqual(await again.client('a').head(), [])
  })

  // 11.2 Strict

  rule('11.2 a call sees every call that was acknowledged before it', async ({ queue }) => {
    await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const writer = queue.client(`writer-${index}`)
        const reader = queue.client(`reader-${index}`)
        for (let round = 0; round < 5; round++) {
          const key = `page-${index}-${round}`
          await writer.add(key)
          assert.equal((await queue.get(key)).handledAt, null)
          assert.ok((await reader.head()).includes(key))
          assert.ok(keysOf(await reader.list()).includes(key))
          await writer.finish(key)
          assert.notEqual((await queue.get(key)).handledAt, null)
          assert.ok(!(await reader.head()).includes(key))
          assert.ok((await queue.counts()).handled >= 1)
          await writer.delete(key)
          await refuses(queue.get(key), 'requestNotFound')
        }
      }),
    )
    assert.deepEqual(await queue.counts(), { total: 0, handled: 0, pending: 0 })
  })

  // 11.3 Exclusive

  rule(
    '11.3 no request is ever with two clients, through expiry, prolonging and giving back',
    async (scene) => {
      const { queue, a, clock } = scene
      const keys = Array.from({ length: 60 }, (_, index) => `page-${index}`)
      await a.add(...keys)
      /** Who believes to hold what, and until when. */
      const held = new Map<string, { worker: number; until: number }>()
      const workers = Array.from({ length: 8 }, (_, worker) => queue.client(`worker-${worker}`))
      for (let round = 0; round < 30; round++) {
        clock.advance(1000)
        const now = clock.wallMs()
        const answers = await Promise.all(workers.map((client) => client.lockHead(1 + (round % 4), 5)))
        for (const [worker, { items, lockExpiresAt }] of answers.entries()) {
          for (const { uniqueKey } of items) {
            const other = held.get(uniqueKey)
            assert.ok(other === undefined || other.until <= now, `${uniqueKey} is with two`)
            held.set(uniqueKey, { worker, until: lockExpiresAt })
          }
        }
        for (const [key, { worker }] of [...held].filter((_, index) => index % 3 === round % 3)) {
          const until = await workers[worker]!.prolong(key, 3)
          held.set(key, { worker, until })
        }
        for (const [key, { worker, until }] of [...held].filter((_, index) => index % 5 === round % 5)) {
          await workers[worker]!.deleteLock(key, round % 2 === 0 ? 'end' : 'forefront')
          if (until > now) held.delete(key)
        }
      }
    },
  )

  // 11.4 Complete

  rule('11.4 what nobody handles is handed out again and again', async ({ queue, a, clock }) => {
    const keys = Array.from({ length: 40 }, (_, index) => `page-${index}`)
    await a.add(...keys.slice(0, 20))
    await a.addForefront(...keys.slice(20))
    for (let round = 0; round < 10; round++) {
      const worker = queue.client(`worker-${round}`)
      const got = [...(await worker.lock(10)), ...(await worker.lock(20))]
      assert.deepEqual(got.sort(), keys.toSorted())
      if (round % 2 === 0) clock.advance(20_000)
      else assert.equal(await worker.unlock(), 40)
    }
  })

  rule(
    '11.4 a drained queue has handed out and handled everything, workers that die included',
    async (scene) => {
      const { queue, a, clock } = scene
      const keys = Array.from({ length: 100 }, (_, index) => `page-${index}`)
      await a.add(...keys)
      let turn = 0
      for (;;) {
        const worker = queue.client(`worker-${turn % 5}`)
        const { items, queueHasLockedRequests } = await worker.lockHead(10, 4)
        if (items.length === 0 && !queueHasLockedRequests) break
        if (items.length === 0) clock.advance(1000)
        for (const [position, { uniqueKey }] of items.entries()) {
          if ((turn + position) % 7 === 0) continue
          if ((turn + position) % 5 === 0) await worker.update(uniqueKey, { retryCount: 1 })
          else await worker.finish(uniqueKey)
        }
        turn += 1
        assert.ok(turn < 1000, 'it never ends')
      }
      assert.deepEqual(await queue.counts(), { total: 100, handled: 100, pending: 0 })
    },
  )

  // 11.5 Safe to repeat

  rule('11.5 every call sent a second time leaves what the first left', async ({ newQueue }) => {
    const calls: [string, (client: QueueClient) => Promise<unknown>][] = [
      ['add', (client) => client.add('new', '1')],
      ['add forefront', (client) => client.addForefront('new', '1')],
      ['handle', (client) => client.finish('1')],
      ['give back by update', (client) => client.update('1')],
      ['give back by update to the head', (client) => client.update('1', {}, 'forefront')],
      ['add by update', (client) => client.update('new')],
      ['delete many', (client) => client.deleteMany('1', '2')],
      ['prolong', (client) => client.prolong('1', 90)],
      ['prolong to the head', (client) => client.prolong('1', 90, 'forefront')],
      ['delete lock', (client) => client.deleteLock('1')],
      ['delete lock to the head', (client) => client.deleteLock('1', 'forefront')],
      ['unlock', (client) => client.unlock()],
      ['delete', (client) => client.delete('1').catch(() => {})],
      ['return locks', (client) => client.returnLocks(['1', '2'], Date.UTC(2030, 0, 1) + 60_000)],
    ]
    for (const [what, call] of calls) {
      const states = []
      for (const times of [1, 2, 3]) {
        const queue = await newQueue()
        const client = queue.client('client-a')
        await client.add('1', '2', '3', '4')
        await client.lock(60, 2)
        for (let time = 0; time < times; time++) await call(client)
        const { requests, head } = await wholeState(queue)
        states.push({ requests, head, counts: await queue.counts() })
      }
      assert.deepEqual(states[1], states[0], `${what}, twice`)
      assert.deepEqual(states[2], states[0], `${what}, three times`)
    }
  })

  rule(
    '11.5 an add that is repeated after its request was deleted adds it again',
    async ({ a, b, queue }) => {
      const handledByB = async () => b.finish((await b.lock(60))[0]!)
      const deletedByB = async () => b.delete((await b.lock(60))[0]!)
      const [first] = await a.add('page')
      await deletedByB()
      const [repeated] = await a.add('page')
      assert.deepEqual(repeated, first, 'both say that it is new')
      assert.deepEqual(await b.head(), ['page'])
      await handledByB()
      assert.deepEqual(await a.add('page'), [{ ...first, wasAlreadyPresent: true, wasAlreadyHandled: true }])
      assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    },
  )

  // 11.6 A call that fails changes nothing

  rule('11.6 a refused call changes nothing', async ({ store, user, queue, a, b, newQueue, clock }) => {
    await newQueue('taken')
    await a.add('held', 'expired', 'handled', 'pending')
    await a.lock(60, 3)
    await a.prolong('expired', 1)
    await a.finish('handled')
    clock.advance(1000)
    const refused: [ErrorName, () => Promise<unknown>][] = [
      ['requestLockedByOther', () => b.prolong('held', 90, 'forefront')],
      ['requestHandled', () => b.prolong('handled', 90, 'forefront')],
      ['requestHandled', () => a.prolong('handled', 90)],
      ['lockNotHeld', () => b.prolong('expired', 90, 'forefront')],
      ['lockNotHeld', () => a.prolong('pending', 90, 'forefront')],
      ['requestNotFound', () => b.prolong('unknown', 90)],
      ['requestLockedByOther', () => b.deleteLock('held', 'forefront')],
      ['requestHandled', () => b.deleteLock('handled', 'forefront')],
      ['requestNotFound', () => b.deleteLock('unknown')],
      ['requestNotFound', () => b.delete('unknown')],
      ['requestNotFound', () => queue.get('unknown')],
      ['queueNameInvalid', () => store.updateQueue({ ...askOf(queue), name: '-', title: 'new' })],
      ['queueNameNotUnique', () => store.updateQueue({ ...askOf(queue), name: 'TAKEN', title: 'new' })],
      ['queueNameInvalid', () => store.getOrCreateQueue({ userId: user.id, name: 'a b' })],
      ['queueNotFound', () => store.deleteQueue({ userId: user.id, queue: { queueId: 'no' } })],
    ]
    const before = await wholeState(queue)
    for (const [errorName, call] of refused) {
      clock.advance(1)
      await refuses(call(), errorName)
      assert.deepEqual(await wholeState(queue), before, errorName)
    }
    await a.prolong('expired', 60)
    assert.equal((await queue.view()).hadMultipleClients, false)
  })

  rule('11.6 after close every call is refused, and closing again is no failure', async ({ another }) => {
    const { store, queue, a } = await another()
    await a.add('1')
    await store.close()
    await refuses(a.add('2'), 'storeUnavailable')
    await refuses(a.lock(60), 'storeUnavailable')
    await refuses(queue.get('1'), 'storeUnavailable')
    await refuses(a.list(), 'storeUnavailable')
    await refuses(queue.view(), 'storeUnavailable')
    await refuses(store.ping(), 'storeUnavailable')
    await store.close()
  })

  rule('11.6 close finishes what is in flight', async ({ another }) => {
    const { store, a } = await another()
    const calls = Array.from({ length: 50 }, (_, index) => a.add(`page-${index}`))
    const closed = store.close()
    for (const [added] of await Promise.all(calls)) assert.equal(added!.wasAlreadyPresent, false)
    await closed
  })

  rule('11.6 a refused call does not undo its neighbours, nor they it', async ({ queue, a, b }) => {
    await a.add('held')
    await a.lock(60)
    const calls: Promise<unknown>[] = []
    for (let index = 0; index < 20; index++) {
      calls.push(a.add(`page-${index}`))
      calls.push(refuses(b.prolong('held', 60), 'requestLockedByOther'))
      calls.push(refuses(b.prolong('unknown', 60), 'requestNotFound'))
      calls.push(refuses(b.delete('unknown'), 'requestNotFound'))
    }
    await Promise.all(calls)
    assert.deepEqual(await queue.counts(), { total: 21, handled: 0, pending: 21 })
    assert.equal((await queue.get('held')).lockByClient, 'client-a')
    assert.equal((await queue.view()).hadMultipleClients, false)
  })
}

function askOf({ userId, queue }: TestQueue) {
  return { userId, queue }
}

/**
 * Everything that can be seen of a queue, as client-a, but for what seeing it changes: the time of the last access
 * and the counts of reads.
 */
async function wholeState(queue: TestQueue) {
  const { accessedAt: _, stats, ...view } = await queue.view()
  const { writeCount, deleteCount, storageBytes } = stats
  const client = queue.client('client-a')
  return {
    view: { ...view, writeCount, deleteCount, storageBytes },
    requests: await client.walk(1000),
    head: await client.head(),
  }
}
