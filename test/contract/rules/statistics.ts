import assert from 'node:assert/strict'
import { content, keysOf, refuses } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { storedBytes } from '../../../src/domain/request.ts'

/** Section 7, what a queue keeps count of: requests, times, clients, statistics. */
export function statisticsRules(rule: Rule): void {
  // 7.1 Counts

  rule('7.1 counts are exact after every call', async ({ queue, a, b, clock }) => {
    const counts = async (total: number, handled: number) => {
      assert.deepEqual(await queue.counts(), { total, handled, pending: total - handled })
    }
    await counts(0, 0)
    await a.add('1', '2', '3')
    await counts(3, 0)
    await b.add('3', '4', '4')
    await counts(4, 0)
    await a.addContents([content('5', { handledAt: 1 }), content('1', { handledAt: 1 })])
    await counts(5, 1)
    await a.lock(10, 2)
    await counts(5, 1)
    await a.prolong('1', 10)
    await a.deleteLock('2')
    await a.unlock()
    await counts(5, 1)
    await a.finish('1')
    await counts(5, 2)
    await b.finish('1')
    await counts(5, 2)
    await b.update('1')
    await counts(5, 1)
    await b.update('6')
    await b.finish('7')
    await counts(7, 2)
    await a.delete('7')
    await counts(6, 1)
    await a.deleteMany('5', '6', '6', 'never there')
    await counts(4, 0)
    clock.advance(86_400_000)
    await counts(4, 0)
    await a.deleteMany('1', '2', '3', '4')
    await counts(0, 0)
    await a.deleteMany('1', '2', '3', '4')
    await counts(0, 0)
  })

  // 7.2 Times

  rule('7.2 modifiedAt moves with every change and with nothing else', async (scene) => {
    const { store, user, queue, a, b, clock } = scene
    const moved: string[] = []
    const still: string[] = []
    const step = async (what: string, call: () => Promise<unknown>) => {
      const before = (await queue.view()).modifiedAt
      clock.advance(1000)
      const at = clock.wallMs()
      await call()
      clock.advance(1000)
      const after = (await queue.view()).modifiedAt
      if (after === before) {
        still.push(what)
      } else {
        assert.equal(after, at, what)
        moved.push(what)
      }
    }
    await step('add', () => a.add('1', '2', '3'))
    await step('add what is there', () => a.add('1', '2'))
    await step('lock', () => a.lock(1000, 2))
    await step('prolong', () => a.prolong('1', 1000))
    await step('update by another', () => b.update('1', { retryCount: 1 }))
    await step('delete lock', () => a.deleteLock('1'))
    await step('delete no lock', () => a.deleteLock('1'))
    await step('unlock', () => a.unlock())
    await step('unlock nothing', () => a.unlock())
    await step('update', () => a.update('1'))
    await step('handle', () => a.finish('1'))
    await step('handle again', () => a.finish('1'))
    await step('lock the rest', () => b.lock(1000))
    await step('lock nothing', () => a.lock(1000))
    await step('get head', () => a.head())
    await step('get request', () => queue.get('1'))
    await step('list requests', () => a.list())
    await step('delete', () => a.delete('1'))
    await step('delete many', () => a.deleteMany('2'))
    await step('delete many of none', () => a.deleteMany('2', 'never there'))
    await step('add by update', () => a.update('4'))
    await step('rename', () => store.updateQueue({ userId: user.id, queue: queue.queue, name: 'crawl' }))
    await step('refusal', () => refuses(a.prolong('3', 60), 'requestLockedByOther'))
    await step('expiry', async () => clock.advance(1_000_000))
    assert.deepEqual(moved, [
      'add',
      'lock',
      'prolong',
      'update by another',
      'delete lock',
      'unlock',
      'update',
      'handle',
      'handle again',
      'lock the rest',
      'delete',
      'delete many',
      'add by update',
    ])
    assert.deepEqual(still, [
      'add what is there',
      'delete no lock',
      'unlock nothing',
      'lock nothing',
      'get head',
      'get request',
      'list requests',
      'delete many of none',
      'rename',
      'refusal',
      'expiry',
    ])
  })

  rule('7.2 accessedAt moves with every call', async ({ store, user, queue, a, clock }) => {
    await a.add('1', '2', '3')
    const { id } = await queue.view()
    const calls: [string, () => Promise<unknown>][] = [
      ['get queue', () => queue.view()],
      ['update queue', () => store.updateQueue({ userId: user.id, queue: queue.queue, name: 'crawl' })],
      ['get queue by name', () => store.getOrCreateQueue({ userId: user.id, name: 'crawl' })],
      ['add', () => a.add('4')],
      ['add what is there', () => a.add('1')],
      ['get request', () => queue.get('1')],
      ['update', () => a.update('1')],
      ['list requests', () => a.list()],
      ['get head', () => a.head()],
      ['lock', () => a.lock(1000)],
      ['lock nothing', () => a.lock(1000)],
      ['prolong', () => a.prolong('1', 1000)],
      ['delete lock', () => a.deleteLock('1')],
      ['delete no lock', () => a.deleteLock('1')],
      ['unlock', () => a.unlock()],
      ['unlock nothing', () => a.unlock()],
      ['delete', () => a.delete('1')],
      ['delete many', () => a.deleteMany('2')],
      ['delete many of none', () => a.deleteMany('2')],
    ]
    for (const [what, call] of calls) {
      clock.advance(1000)
      await call()
      const at = clock.wallMs()
      clock.advance(1000)
      assert.equal((await queue.viewInList(id)).accessedAt, at, what)
    }
  })

  rule('7.2 get queue shows its own access', async ({ queue, clock }) => {
    clock.advance(5000)
    assert.equal((await queue.view()).accessedAt, clock.wallMs())
  })

  // 7.3 Several clients

  rule('7.3 one client, however busy, is one', async ({ store, user, queue, a }) => {
    await a.add('1', '2', '3')
    await a.lock(60)
    await a.prolong('1', 60)
    await a.deleteLock('1')
    await a.unlock()
    await a.update('1')
    await a.finish('1')
    await a.delete('2')
    await a.deleteMany('3')
    await a.list()
    await a.head()
    await store.updateQueue({ userId: user.id, queue: queue.queue, name: 'crawl' })
    await store.getOrCreateQueue({ userId: user.id, name: 'crawl' })
    assert.equal((await queue.view()).hadMultipleClients, false)
    assert.equal((await a.listHead()).hadMultipleClients, false)
  })

  rule('7.3 get queue and get request do not count', async ({ queue, a, b }) => {
    await queue.view()
    await a.add('1')
    await queue.get('1')
    await queue.view()
    assert.equal((await queue.view()).hadMultipleClients, false)
    await b.head()
    assert.equal((await queue.view()).hadMultipleClients, true)
  })

  rule('7.3 a second client counts with whatever call it makes', async ({ newQueue }) => {
    for (const call of [
      'add',
      'update',
      'delete',
      'deleteMany',
      'list',
      'head',
      'lock',
      'prolong',
      'deleteLock',
      'unlock',
    ]) {
      const queue = await newQueue()
      const first = queue.client('first', 'run')
      const second = queue.client('second', 'run')
      await first.add('1')
      await first.lock(60)
      assert.equal((await queue.view()).hadMultipleClients, false)
      if (call === 'add') await second.add('1')
      if (call === 'update') await second.update('1')
      if (call === 'delete') await second.delete('1')
      if (call === 'deleteMany') await second.deleteMany('2')
      if (call === 'list') await second.list()
      if (call === 'head') await second.head()
      if (call === 'lock') await second.lock(60)
      if (call === 'prolong') await second.prolong('1', 60)
      if (call === 'deleteLock') await second.deleteLock('1')
      if (call === 'unlock') await second.unlock()
      assert.equal((await queue.view()).hadMultipleClients, true, call)
    }
  })

  rule('7.3 a call without a client key is a client of its own', async ({ queue, newQueue, a }) => {
    const anonymous = queue.anonymous()
    await anonymous.add('1')
    assert.equal((await queue.view()).hadMultipleClients, false, 'it is the first')
    await anonymous.add('2')
    assert.equal((await queue.view()).hadMultipleClients, true, 'never seen before or again')

    const other = await newQueue()
    await other.client('client-a').add('1')
    await other.anonymous().head()
    assert.equal((await other.view()).hadMultipleClients, true)

    const third = await newQueue()
    await third.anonymous().head()
    await third.client('client-a').head()
    assert.equal((await third.view()).hadMultipleClients, true)
    await a.head()
  })

  rule('7.3 client keys are compared byte for byte', async ({ queue }) => {
    await queue.client('Key').head()
    await queue.client('Key').head()
    assert.equal((await queue.view()).hadMultipleClients, false)
    await queue.client('key').head()
    assert.equal((await queue.view()).hadMultipleClients, true)
  })

  rule('7.3 hadMultipleClients stays true', async ({ queue, a, b, clock }) => {
    await a.add('1')
    await b.head()
    clock.advance(30 * 86_400_000)
    await a.delete('1')
    for (let call = 0; call < 3; call++) await a.head()
    assert.equal((await queue.view()).hadMultipleClients, true)
  })

  rule('7.3 a failed call does not count as an access', async ({ queue, a, b }) => {
    await a.add('1', '2')
    await a.lock(60, 1)
    await refuses(b.prolong('1', 60), 'requestLockedByOther')
    await refuses(b.prolong('2', 60), 'lockNotHeld')
    await refuses(b.deleteLock('1'), 'requestLockedByOther')
    await refuses(b.deleteLock('never there'), 'requestNotFound')
    await refuses(b.delete('never there'), 'requestNotFound')
    assert.equal((await queue.view()).hadMultipleClients, false)
  })

  rule('7.3 returning undelivered locks does not count as an access', async ({ queue, a, b }) => {
    await a.add('1')
    const { lockExpiresAt } = await a.lockHead(60)
    await b.returnLocks(['1'], lockExpiresAt)
    await a.returnLocks(['1'], lockExpiresAt)
    assert.equal((await queue.view()).hadMultipleClients, false)
  })

  rule('7.3 a read without a client leaves no trace', async (scene) => {
    const { store, user, queue, a, clock } = scene
    await a.add('1', '2', '3')
    await a.lock(60, 1)
    const { id } = await queue.view()
    clock.advance(1000)
    const before = await queue.viewInList(id)
    const look = { userId: user.id, queue: queue.queue, client: null, limit: 10 }
    const head = await store.listHead(look)
    assert.deepEqual([keysOf(head), head.hadMultipleClients], [['2', '3'], false])
    const page = await store.listRequests({ ...look, afterId: null, filter: ['locked'] })
    assert.deepEqual([keysOf(page), page.items[0]!.lockByClient], [['1'], 'client-a'])
    assert.deepEqual(await queue.viewInList(id), before)
    const elsewhere = { ...look, queue: { queueId: 'nowhere' } }
    await refuses(store.listHead(elsewhere), 'queueNotFound')
    await refuses(store.listRequests({ ...elsewhere, afterId: null, filter: null }), 'queueNotFound')
  })

  rule('7.3 each queue has clients of its own', async ({ queue, a, newQueue }) => {
    const other = await newQueue()
    await a.head()
    await other.client('client-b').head()
    assert.equal((await queue.view()).hadMultipleClients, false)
    assert.equal((await other.view()).hadMultipleClients, false)
  })

  // 7.4 Statistics

  rule('7.4 writeCount: one for each request added, locked or updated', async ({ queue, a, b, clock }) => {
    const step = async (what: string, writes: number, call: () => Promise<unknown>) => {
      const before = (await queue.view()).stats.writeCount
      await call()
      assert.equal((await queue.view()).stats.writeCount - before, writes, what)
    }
    await step('add three', 3, () => a.add('1', '2', '3'))
    await step('add one of two', 1, () => a.add('3', '4'))
    await step('add one twice', 1, () => a.add('5', '5'))
    await step('add a handled one', 1, () => a.addContents([content('6', { handledAt: 1 })]))
    await step('add nothing', 0, () => a.add('1', '6'))
    await step('lock three', 3, () => a.lock(60, 3))
    await step('lock the rest', 2, () => b.lock(60))
    await step('lock nothing', 0, () => a.lock(60))
    await step('prolong', 0, () => a.prolong('1', 60))
    await step('delete lock', 0, () => a.deleteLock('1'))
    await step('unlock', 0, () => a.unlock())
    await step('update', 1, () => a.update('1'))
    await step('update by another', 1, () => b.update('2'))
    await step('handle', 1, () => a.finish('1'))
    await step('handle again', 1, () => a.finish('1'))
    await step('add by update', 1, () => a.update('7'))
    await step('delete', 0, () => a.delete('7'))
    await step('delete many', 0, () => a.deleteMany('6', '7'))
    await step('reads', 0, async () => {
      await a.head()
      await a.list()
      await queue.get('1')
    })
    await step('expiry', 0, async () => clock.advance(86_400_000))
  })

  rule('7.4 readCount: requests read or listed', async ({ queue, a }) => {
    const reads = async () => (await queue.view()).stats.readCount
    await a.add('1', '2', '3')
    await a.lock(60, 1)
    await a.head()
    assert.equal(await reads(), 0)
    await queue.get('1')
    await queue.get('1')
    assert.equal(await reads(), 2)
    await refuses(queue.get('never there'), 'requestNotFound')
    assert.equal(await reads(), 2)
    await a.list()
    assert.equal(await reads(), 5)
    await a.list({ limit: 2 })
    assert.equal(await reads(), 7)
    await a.list({ filter: ['locked'] })
    assert.equal(await reads(), 8)
    await a.walk(1)
    assert.equal(await reads(), 11)
  })

  rule('7.4 headItemReadCount: requests that a head call returned', async ({ queue, a, b }) => {
    const reads = async () => (await queue.view()).stats.headItemReadCount
    await a.add('1', '2', '3', '4')
    assert.equal(await reads(), 0)
    await b.head()
    assert.equal(await reads(), 4)
    await b.head(1)
    assert.equal(await reads(), 5)
    await a.lock(60, 3)
    assert.equal(await reads(), 8)
    await a.head()
    assert.equal(await reads(), 9)
    await a.lock(60)
    await a.lock(60)
    await a.head()
    assert.equal(await reads(), 10)
  })

  rule('7.4 deleteCount: requests that were there and are gone', async ({ queue, a }) => {
    await a.add('1', '2', '3')
    await a.finish('1')
    await a.delete('1')
    await refuses(a.delete('1'), 'requestNotFound')
    assert.equal((await queue.view()).stats.deleteCount, 1)
    await a.deleteMany('1', '2', '2', 'never there')
    assert.equal((await queue.view()).stats.deleteCount, 2)
  })

  rule('7.4 storageBytes: what all its requests take, to the byte', async ({ queue, a, b }) => {
    const bytes = async () => (await queue.view()).stats.storageBytes
    const first = content('café', { url: 'https://example.com/café', method: 'POST' })
    const second = content('2', { otherFields: '"userData":{"name":"Žluťoučký"}' })
    assert.equal(await bytes(), 0)
    await a.addContents([first, second, first])
    assert.equal(await bytes(), storedBytes(first) + storedBytes(second))
    await a.lock(60)
    const larger = content('2', { retryCount: 1, otherFields: '"userData":"😀 and much more of it"' })
    await b.update('2', larger)
    assert.equal(await bytes(), storedBytes(first) + storedBytes(larger))
    await a.finish('café')
    const handled = content('café', { handledAt: 1 })
    assert.equal(await bytes(), storedBytes(handled) + storedBytes(larger))
    await a.delete('2')
    assert.equal(await bytes(), storedBytes(handled))
    await a.deleteMany('café')
    assert.equal(await bytes(), 0)
  })

  rule('7.4 a returned lock keeps what it counted', async ({ queue, a }) => {
    await a.add('1')
    const { lockExpiresAt } = await a.lockHead(60)
    const before = (await queue.view()).stats
    await a.returnLocks(['1'], lockExpiresAt)
    assert.deepEqual((await queue.view()).stats, before)
  })

  rule('7.4 statistics are each queue’s own', async ({ queue, a, newQueue }) => {
    const other = await newQueue()
    await a.add('1')
    await a.lock(60)
    await a.list()
    await a.delete('1')
    assert.deepEqual((await other.view()).stats, {
      writeCount: 0,
      readCount: 0,
      deleteCount: 0,
      headItemReadCount: 0,
      storageBytes: 0,
    })
    assert.deepEqual((await queue.view()).stats, {
      writeCount: 2,
      readCount: 1,
      deleteCount: 1,
      headItemReadCount: 1,
      storageBytes: 0,
    })
  })
}
