import assert from 'node:assert/strict'
import { content, refuses, type TestQueue } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { requestIdOf } from '../../../src/domain/identity.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'

/** Rule 14.7. */
export function historyRules(rule: Rule, durableRule: Rule): void {
  rule('14.7 with history in the policy, a request keeps what happened to it', async (scene) => {
    const { queue, a, b, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true })
    await a.add('1')
    clock.advance(1000)
    await b.lock(60)
    clock.advance(1000)
    await b.prolong('1', 60)
    clock.advance(1000)
    await b.deleteLock('1')
    clock.advance(1000)
    await a.lock(2)
    clock.advance(5000)
    await b.lock(60)
    clock.advance(1000)
    await b.finish('1', clock.wallMs())
    clock.advance(1000)
    await a.update('1', { handledAt: null })
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a',
      '1 locked client-b until 61',
      '2 prolonged client-b until 62',
      '3 givenBack client-b',
      '4 locked client-a until 6',
      '6 ranOut client-a',
      '9 locked client-b until 69',
      '10 handled client-b',
      '11 reopened client-a',
    ])
    assert.equal((await history(queue, '1')).handedOutTimes, 3)
  })

  rule('14.7 a lock that ran out shows as soon as it has, and once', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true })
    await a.add('1')
    await a.lock(10)
    clock.advance(9999)
    assert.deepEqual(await eventsOf(queue, '1', start), ['0 added client-a', '0 locked client-a until 10'])
    clock.advance(1)
    const ranOut = ['0 added client-a', '0 locked client-a until 10', '10 ranOut client-a']
    assert.deepEqual(await eventsOf(queue, '1', start), ranOut)
    clock.advance(10_000)
    assert.deepEqual(await eventsOf(queue, '1', start), ranOut)
    await a.prolong('1', 10)
    assert.deepEqual(await eventsOf(queue, '1', start), [...ranOut, '20 prolonged client-a until 30'])
    clock.advance(20_000)
    await a.finish('1', clock.wallMs())
    assert.deepEqual((await eventsOf(queue, '1', start)).slice(-2), [
      '30 ranOut client-a',
      '40 handled client-a',
    ])
  })

  rule('14.7 a lock that another client of the run prolonged is still that of its holder', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await a.add('1')
    await queue.client('client-a', 'run-1').lock(10)
    // The history does not have the hand-out.
    await put(queue, { history: true })
    await queue.client('client-c', 'run-1').prolong('1', 20)
    clock.advance(20_000)
    const events = ['0 prolonged client-c until 20', '20 ranOut client-a']
    assert.deepEqual(await eventsOf(queue, '1', start), events)
  })

  rule('14.7 the last 16 events stay, and every hand-out is counted', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true })
    await a.add('1')
    for (let time = 0; time < 150; time++) {
      assert.deepEqual(await a.lock(1), ['1'])
      clock.advance(1000)
    }
    const events = await eventsOf(queue, '1', start)
    assert.equal(events.length, 16)
    assert.deepEqual(events.slice(-3), [
      '149 ranOut client-a',
      '149 locked client-a until 150',
      '150 ranOut client-a',
    ])
    assert.equal((await history(queue, '1')).handedOutTimes, 150)
  })

  rule('14.7 client keys of any characters, as long as they may be', async (scene) => {
    const { queue, clock } = scene
    await put(queue, { history: true })
    const keys = ['"],["l",1,2,"x"],'.padEnd(32, '\u0000'), '\\'.repeat(32), '🦔'.repeat(16), "it's\n"]
    await queue.client(keys[0]!).add('1')
    for (let time = 0; time < 40; time++) {
      await queue.client(keys[time % keys.length]!).lock(1)
      clock.advance(1000)
    }
    const { events, handedOutTimes } = await history(queue, '1')
    assert.equal(events.length, 16)
    assert.equal(handedOutTimes, 40)
    assert.deepEqual(
      events.slice(-8).map(({ clientKey }) => clientKey),
      keys.flatMap((key) => [key, key]),
    )
  })

  rule('14.7 a queue without history keeps none, and one that stops forgets', async (scene) => {
    const { queue, a, clock } = scene
    await a.add('1', '2')
    const none = { isKept: false, events: [], handedOutTimes: 0 }
    assert.deepEqual(await history(queue, '1'), none)
    await put(queue, { history: true })
    assert.deepEqual(await history(queue, '1'), { isKept: true, events: [], handedOutTimes: 0 })
    await a.lock(1, 1)
    await put(queue, { history: true, paused: true })
    assert.equal((await history(queue, '1')).handedOutTimes, 1)
    await put(queue, {})
    assert.deepEqual(await history(queue, '1'), none)
    clock.advance(1000)
    await a.lock(1)
    await put(queue, { history: true })
    clock.advance(1000)
    assert.deepEqual((await history(queue, '1')).events, [])
    const start = clock.wallMs()
    await a.lock(60)
    assert.deepEqual(await eventsOf(queue, '1', start), ['0 locked client-a until 60'])
    assert.equal((await history(queue, '1')).handedOutTimes, 1)
  })

  rule('14.7 it goes with the request, also within one moment', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true })
    await a.add('1')
    await a.lock(60)
    await Promise.all([a.delete('1'), a.add('1')])
    // Over several ports the delete may come last.
    await a.add('1')
    assert.deepEqual(await eventsOf(queue, '1', start), ['0 added client-a'])
    await refuses(history(queue, '2'), 'requestNotFound')
    await queue.delete()
    await refuses(history(queue, '1'), 'queueNotFound')
  })

  rule('14.7 only data that change are no event, and neither is what changes nothing', async (scene) => {
    const { queue, a, b, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true })
    await a.add('1')
    await a.add('1')
    await a.deleteLock('1')
    await a.lock(60)
    await b.update('1', { retryCount: 1 })
    await a.finish('1', start)
    await b.finish('1', start + 1)
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a',
      '0 locked client-a until 60',
      '0 handled client-a',
    ])
  })

  rule('14.7 what waits for its time says until when', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true, retry: { initialSecs: 5, factor: 2, maxSecs: 60 } })
    await a.addContents([content('1', { wishes: { delayMs: 2000 } })])
    clock.advance(2000)
    await a.lock(60)
    await a.update('1', { retryCount: 1 })
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a until 2',
      '2 locked client-a until 62',
      '2 givenBack client-a until 7',
    ])
  })

  rule('14.7 what the server does has no client: given up, revisited, undelivered', async (scene) => {
    const { queue, a, clock, store } = scene
    const start = clock.wallMs()
    await put(queue, { history: true, lockExpiriesMax: 1, revisit: [{ hosts: '*', afterSecs: 60 }] })
    await a.add('1')
    const { lockExpiresAt } = await a.lockHead(10)
    await a.returnLocks(['1'], lockExpiresAt)
    await a.lock(10)
    clock.advance(10_000)
    assert.deepEqual(await a.lock(10), [])
    clock.advance(60_000)
    while (await store.revisitRequests()) {}
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a',
      '0 locked client-a until 10',
      '0 givenBack client-a (undelivered)',
      '0 locked client-a until 10',
      '10 ranOut client-a',
      '10 handled null (lockExpiries)',
      '70 reopened null (revisit)',
    ])
  })

  rule('14.7 with rules, with a bulk unlock, and for a request that comes handled', async (scene) => {
    const { queue, a, clock } = scene
    const start = clock.wallMs()
    await put(queue, { history: true, rules: [{ hosts: '*', concurrency: 1 }] })
    await a.add('1', '2')
    await a.addContents([content('3', { handledAt: start })])
    assert.deepEqual(await a.lock(60), ['1'])
    assert.equal(await a.unlock(), 1)
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a',
      '0 locked client-a until 60',
      '0 givenBack client-a',
    ])
    assert.deepEqual(await eventsOf(queue, '2', start), ['0 added client-a'])
    assert.deepEqual(await eventsOf(queue, '3', start), ['0 added client-a', '0 handled client-a'])
  })

  durableRule('14.7 histories survive a restart', async (scene) => {
    const start = scene.clock.wallMs()
    await put(scene.queue, { history: true })
    await scene.a.add('1')
    await scene.a.lock(10)
    const { queue, clock } = await scene.reopen!()
    clock.advance(10_000)
    assert.deepEqual(await eventsOf(queue, '1', start), [
      '0 added client-a',
      '0 locked client-a until 10',
      '10 ranOut client-a',
    ])
  })
}

function put({ store, userId, queue: address }: TestQueue, document: object) {
  return store.putPolicy({ userId, queue: address, document, policy: policyOf(document), version: null })
}

function history({ store, userId, queue }: TestQueue, key: string) {
  return store.getRequestHistory({ userId, queue, requestId: requestIdOf(key) })
}

/** One line for each event, with times in seconds since the start of the test. */
async function eventsOf(queue: TestQueue, key: string, start: number): Promise<string[]> {
  const { events } = await history(queue, key)
  return events.map(({ at, event, clientKey, until, cause }) => {
    const end = until === null ? '' : ` until ${(until - start) / 1000}`
    return `${(at - start) / 1000} ${event} ${clientKey}${end}${cause === undefined ? '' : ` (${cause})`}`
  })
}
