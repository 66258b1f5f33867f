/** The real `apify-client` for JavaScript, over HTTP: every method for requests, the head and locks. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { RequestQueueClientRequestSchema } from 'apify-client'
import { clientTest, collect, countsOf, keysOf, page, pages, refusedWith } from '../../harness/clients.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

/** What the client's types leave out of a request that was read: its content, and its lock. */
type ReadRequest = RequestQueueClientRequestSchema & { lockExpiresAt?: Date; lockByClient?: string }

describe('apify-client: adding', () => {
  clientTest('addRequest tells what it did, and what was there', async ({ a }) => {
    const added = await a.addRequest(page('1'))
    assert.deepEqual(added, {
      requestId: requestIdOf('1'),
      wasAlreadyPresent: false,
      wasAlreadyHandled: false,
    })
    const again = await a.addRequest(page('1'))
    assert.deepEqual(again, { ...added, wasAlreadyPresent: true })
    await a.updateRequest({ ...page('1'), id: added.requestId, handledAt: new Date().toISOString() })
    const handled = await a.addRequest(page('1'))
    assert.deepEqual(handled, { ...added, wasAlreadyPresent: true, wasAlreadyHandled: true })
  })

  clientTest('addRequest with forefront goes to the head, without to the end', async ({ a }) => {
    await a.addRequest(page('1'))
    await a.addRequest(page('f1'), { forefront: true })
    await a.addRequest(page('2'), { forefront: false })
    await a.addRequest(page('f2'), { forefront: true })
    assert.deepEqual(keysOf((await a.listHead()).items), ['f2', 'f1', '1', '2'])
  })

  clientTest('addRequest with handledAt adds it handled', async ({ a }) => {
    const added = await a.addRequest({ ...page('1'), handledAt: '2026-01-02T03:04:05.678Z' })
    assert.equal(added.wasAlreadyHandled, false)
    assert.deepEqual(await countsOf(a), { total: 1, handled: 1, pending: 0 })
  })

  clientTest('addRequest refuses what is no request', async ({ a }) => {
    const wrong: Record<string, unknown>[] = [
      { uniqueKey: 'no-url' },
      { url: 'https://example.com/no-unique-key' },
      { ...page('1'), url: 'ftp://example.com/' },
      { ...page('1'), url: '/relative' },
      { ...page('1'), uniqueKey: 7 },
      { ...page('1'), retryCount: 'many' },
      { ...page('1'), handledAt: 'yesterday' },
    ]
    for (const request of wrong) {
      const call = a.addRequest(request as ReturnType<typeof page>)
      const error = await refusedWith(call, 400, 'invalid-input')
      assert.match(error.message, /url|uniqueKey|retryCount|handledAt/)
    }
    assert.equal((await countsOf(a)).total, 0)
  })

  clientTest('batchAddRequests answers for each request', async ({ a }) => {
    await a.addRequest(page('2'))
    const { processedRequests, unprocessedRequests } = await a.batchAddRequests(pages(3))
    assert.deepEqual(unprocessedRequests, [])
    assert.deepEqual(
      processedRequests,
      ['1', '2', '3'].map((uniqueKey) => ({
        requestId: requestIdOf(uniqueKey),
        uniqueKey,
        wasAlreadyPresent: uniqueKey === '2',
        wasAlreadyHandled: false,
      })),
    )
  })

  clientTest('batchAddRequests of 103 requests: five calls, at most two at a time', async ({ a }) => {
    const { processedRequests, unprocessedRequests } = await a.batchAddRequests(pages(103), {
      maxParallel: 2,
    })
    assert.deepEqual(unprocessedRequests, [])
    assert.deepEqual(new Set(keysOf(processedRequests)), new Set(keysOf(pages(103))))
    assert.deepEqual(await countsOf(a), { total: 103, handled: 0, pending: 103 })
  })

  clientTest('batchAddRequests one call after another keeps the order', async ({ a }) => {
    await a.batchAddRequests(pages(60), { maxParallel: 1 })
    assert.deepEqual(keysOf((await a.listHead()).items), keysOf(pages(60)))
  })

  clientTest('batchAddRequests to the forefront puts the last one first', async ({ a }) => {
    await a.addRequest(page('1'))
    await a.batchAddRequests(pages(3, 'f'), { forefront: true })
    assert.deepEqual(keysOf((await a.listHead()).items), ['f3', 'f2', 'f1', '1'])
  })

  clientTest('a body that is sent compressed arrives whole', async ({ a }) => {
    const request = {
      ...page('big'),
      method: 'POST' as const,
      payload: 'p\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148 '.repeat(500),
      headers: { 'X-Custom': 'yes' },
      userData: { label: 'DETAIL', list: Array.from({ length: 100 }, (_, index) => ({ index })) },
    }
    assert.ok(JSON.stringify(request).length > 1024, 'the client compresses from 1 KiB on')
    const { requestId } = await a.addRequest(request)
    const read = (await a.getRequest(requestId)) as unknown as ReadRequest
    assert.equal(read.method, 'POST')
    assert.equal(read.payload, request.payload)
    assert.deepEqual(read.headers, request.headers)
    assert.deepEqual(read.userData, request.userData)

    const changed = { ...request, id: requestId, payload: request.payload.toUpperCase() }
    await a.updateRequest(changed)
    const readAgain = (await a.getRequest(requestId)) as unknown as ReadRequest
    assert.equal(readAgain.payload, changed.payload)
  })

  clientTest('large requests are sent in calls below the limit', async ({ a }) => {
    // 25 MiB in 25 requests: the client makes three calls of less than 9 MiB out of it.
    const payload = 'x'.repeat(1024 * 1024)
    const requests = pages(25).map((request) => ({ ...request, method: 'POST' as const, payload }))
    const { processedRequests, unprocessedRequests } = await a.batchAddRequests(requests)
    assert.deepEqual(unprocessedRequests, [])
    assert.equal(processedRequests.length, 25)
    assert.equal((await countsOf(a)).total, 25)
  })

  clientTest('a body over the limit is refused and changes nothing', async ({ a }) => {
    const payload = 'x'.repeat(9_437_184)
    const call = a.addRequest({ ...page('1'), method: 'POST', payload })
    await refusedWith(call, 413, 'request-too-large')
    assert.equal((await countsOf(a)).total, 0)
  })
})

describe('apify-client: one request', () => {
  clientTest('getRequest gives all that was sent, and the defaults', async ({ a }) => {
    const full = {
      ...page('full'),
      method: 'PUT' as const,
      payload: '{"a":1}',
      retryCount: 2,
      noRetry: true,
      errorMessages: ['first', 'second'],
      headers: { Accept: 'text/html' },
      userData: { label: 'LIST', nested: { seen: false } },
      loadedUrl: 'https://example.com/loaded',
      handledAt: '2026-01-02T03:04:05.678Z',
      ourOwnField: { kept: true },
    }
    const { requestId } = await a.addRequest(full)
    assert.deepEqual(await a.getRequest(requestId), {
      ...full,
      id: requestId,
      handledAt: new Date(full.handledAt),
    })
    const plain = await a.addRequest(page('plain'))
    assert.deepEqual(await a.getRequest(plain.requestId), {
      ...page('plain'),
      id: plain.requestId,
      method: 'GET',
      retryCount: 0,
      noRetry: false,
      headers: {},
      userData: {},
    })
  })

  clientTest('getRequest of what is not there is undefined', async ({ a, apify }) => {
    assert.equal(await a.getRequest(requestIdOf('missing')), undefined)
    assert.equal(await a.getRequest('not-an-id-at-all'), undefined)
    const unknownQueue = apify.requestQueue('nobodyKnowsThis17')
    assert.equal(await unknownQueue.getRequest(requestIdOf('missing')), undefined)
  })

  clientTest('updateRequest replaces it, marks it handled, and takes that back', async ({ a }) => {
    const { requestId } = await a.addRequest({ ...page('1'), userData: { old: true } })
    const handledAt = '2026-01-02T03:04:05.678Z'
    const first = await a.updateRequest({ ...page('1'), id: requestId, retryCount: 1, handledAt })
    assert.deepEqual(first, { requestId, wasAlreadyPresent: true, wasAlreadyHandled: false })
    const read = (await a.getRequest(requestId)) as unknown as ReadRequest
    assert.deepEqual([read.retryCount, read.userData, read.handledAt], [1, {}, new Date(handledAt)])
    assert.deepEqual(await countsOf(a), { total: 1, handled: 1, pending: 0 })

    const second = await a.updateRequest({ ...page('1'), id: requestId })
    assert.deepEqual(second, { requestId, wasAlreadyPresent: true, wasAlreadyHandled: true })
    assert.deepEqual(await countsOf(a), { total: 1, handled: 0, pending: 1 })
    assert.deepEqual(keysOf((await a.listHead()).items), ['1'])
  })

  clientTest('what was read can be sent back as it is', async ({ a, clock }) => {
    const { requestId } = await a.addRequest({
      ...page('1'),
      userData: { label: 'LIST' },
      headers: { A: 'b' },
    })
    await a.listAndLockHead({ lockSecs: 60 })
    const locked = (await a.getRequest(requestId)) as unknown as ReadRequest
    assert.deepEqual(locked.lockExpiresAt, new Date(clock.wallMs() + 60_000))
    await a.updateRequest(locked)
    const { lockExpiresAt: _, lockByClient: __, ...content } = locked
    assert.deepEqual(await a.getRequest(requestId), content)
  })

  clientTest('updateRequest with forefront puts it at the head', async ({ a }) => {
    await a.batchAddRequests(pages(3))
    await a.updateRequest({ ...page('3'), id: requestIdOf('3') }, { forefront: true })
    await a.updateRequest({ ...page('1'), id: requestIdOf('1') }, { forefront: false })
    assert.deepEqual(keysOf((await a.listHead()).items), ['3', '2', '1'])
  })

  clientTest('updateRequest of an unknown request adds it', async ({ a }) => {
    const id = requestIdOf('new')
    const answer = await a.updateRequest({ ...page('new'), id })
    assert.deepEqual(answer, { requestId: id, wasAlreadyPresent: false, wasAlreadyHandled: false })
    assert.equal((await countsOf(a)).total, 1)
  })

  clientTest('updateRequest refuses an ID that is not that of the unique key', async ({ a }) => {
    await a.batchAddRequests(pages(2))
    const call = a.updateRequest({ ...page('1'), id: requestIdOf('2'), retryCount: 5 })
    await refusedWith(call, 400, 'request-id-invalid')
  })

  clientTest('deleteRequest takes it away; a second time it is not there', async ({ a }) => {
    await a.batchAddRequests(pages(2))
    await a.deleteRequest(requestIdOf('1'))
    assert.equal(await a.getRequest(requestIdOf('1')), undefined)
    await refusedWith(a.deleteRequest(requestIdOf('1')), 404, 'record-not-found')
    assert.deepEqual(await countsOf(a), { total: 1, handled: 0, pending: 1 })
  })

  clientTest('batchDeleteRequests of 25 long unique keys, which is sent compressed', async ({ a }) => {
    const requests = pages(26, 'x'.repeat(100))
    await a.batchAddRequests(requests)
    const { processedRequests } = await a.batchDeleteRequests(
      requests.slice(0, 25).map(({ uniqueKey }) => ({ uniqueKey })),
    )
    assert.equal(processedRequests.length, 25)
    assert.deepEqual(keysOf((await a.listHead()).items), [requests[25]!.uniqueKey])
  })

  clientTest('batchDeleteRequests by ID and by unique key', async ({ a }) => {
    await a.batchAddRequests(pages(4))
    const { processedRequests, unprocessedRequests } = await a.batchDeleteRequests([
      { id: requestIdOf('1') },
      { uniqueKey: '3' },
      { uniqueKey: 'never-there' },
    ])
    assert.equal(processedRequests.length, 3)
    assert.deepEqual(unprocessedRequests, [])
    assert.deepEqual(keysOf((await a.listHead()).items), ['2', '4'])
    assert.equal((await a.get())?.stats.deleteCount, 2)
  })
})

describe('apify-client: head and locks', () => {
  clientTest('listHead shows what nobody holds, in order, as often as one looks', async ({ a, b, clock }) => {
    await a.batchAddRequests(pages(4))
    await b.listAndLockHead({ lockSecs: 60, limit: 1 })
    const head = await a.listHead({ limit: 2 })
    assert.deepEqual(keysOf(head.items), ['2', '3'])
    assert.equal(head.limit, 2)
    assert.equal(head.hadMultipleClients, true)
    assert.deepEqual(head.queueModifiedAt, new Date(clock.wallMs()))
    assert.deepEqual(head.items[0], { ...page('2'), id: requestIdOf('2'), method: 'GET', retryCount: 0 })
    assert.deepEqual(keysOf((await a.listHead()).items), ['2', '3', '4'])
  })

  clientTest('listAndLockHead gives each request to one client', async ({ a, b, clock }) => {
    await a.batchAddRequests(pages(5))
    const first = await a.listAndLockHead({ lockSecs: 60, limit: 3 })
    assert.deepEqual(keysOf(first.items), ['1', '2', '3'])
    const lockExpiresAt = new Date(clock.wallMs() + 60_000)
    for (const item of first.items) assert.deepEqual(item.lockExpiresAt, lockExpiresAt)
    const { limit, lockSecs, clientKey, queueHasLockedRequests, hadMultipleClients } = first
    assert.deepEqual(
      { limit, lockSecs, clientKey, queueHasLockedRequests, hadMultipleClients },
      {
        limit: 3,
        lockSecs: 60,
        clientKey: 'client-a',
        queueHasLockedRequests: true,
        hadMultipleClients: false,
      },
    )
    const second = await b.listAndLockHead({ lockSecs: 60 })
    assert.deepEqual(keysOf(second.items), ['4', '5'])
    assert.equal(second.limit, 25)
    assert.equal(second.hadMultipleClients, true)
    const third = await a.listAndLockHead({ lockSecs: 60 })
    assert.deepEqual([third.items, third.queueHasLockedRequests], [[], true])
  })

  clientTest('listAndLockHead takes fractions of a second', async ({ a, b, clock }) => {
    await a.addRequest(page('1'))
    const { items, lockSecs } = await a.listAndLockHead({ lockSecs: 0.25 })
    assert.equal(lockSecs, 1)
    assert.deepEqual(items[0]!.lockExpiresAt, new Date(clock.wallMs() + 250))
    clock.advance(249)
    assert.deepEqual((await b.listAndLockHead({ lockSecs: 1 })).items, [])
    clock.advance(1)
    assert.deepEqual(keysOf((await b.listAndLockHead({ lockSecs: 1 })).items), ['1'])
  })

  clientTest('listAndLockHead refuses numbers out of range', async ({ a }) => {
    for (const options of [
      { lockSecs: 0 },
      { lockSecs: -1 },
      { lockSecs: 1, limit: 26 },
      { lockSecs: 1, limit: 0 },
    ]) {
      await refusedWith(a.listAndLockHead(options), 400, 'invalid-input')
    }
  })

  clientTest('the lock shows in getRequest and listRequests while it is alive', async ({ a, b, clock }) => {
    await a.addRequest(page('1'))
    await a.listAndLockHead({ lockSecs: 60 })
    const lock = { lockByClient: 'client-a', lockExpiresAt: new Date(clock.wallMs() + 60_000) }
    const read = (await b.getRequest(requestIdOf('1'))) as unknown as ReadRequest
    assert.deepEqual({ lockByClient: read.lockByClient, lockExpiresAt: read.lockExpiresAt }, lock)
    const [listed] = (await b.listRequests()).items as ReadRequest[]
    assert.deepEqual({ lockByClient: listed!.lockByClient, lockExpiresAt: listed!.lockExpiresAt }, lock)
    clock.advance(60_000)
    const free = await b.getRequest(requestIdOf('1'))
    assert.ok(free && !('lockByClient' in free) && !('lockExpiresAt' in free))
  })

  clientTest('prolongRequestLock counts from now', async ({ a, b, clock }) => {
    await a.addRequest(page('1'))
    await a.listAndLockHead({ lockSecs: 10 })
    clock.advance(5_000)
    const { lockExpiresAt } = await a.prolongRequestLock(requestIdOf('1'), { lockSecs: 30 })
    assert.deepEqual(lockExpiresAt, new Date(clock.wallMs() + 30_000))
    clock.advance(29_999)
    assert.deepEqual((await b.listAndLockHead({ lockSecs: 1 })).items, [])
    clock.advance(1)
    assert.deepEqual(keysOf((await b.listAndLockHead({ lockSecs: 1 })).items), ['1'])
  })

  clientTest('prolongRequestLock with forefront says where it goes afterwards', async ({ a, clock }) => {
    await a.batchAddRequests(pages(3))
    await a.listAndLockHead({ lockSecs: 10, limit: 2 })
    await a.prolongRequestLock(requestIdOf('1'), { lockSecs: 20, forefront: true })
    await a.prolongRequestLock(requestIdOf('2'), { lockSecs: 20, forefront: false })
    clock.advance(20_000)
    assert.deepEqual(keysOf((await a.listHead()).items), ['1', '3', '2'])
  })

  clientTest(
    'prolongRequestLock takes back an expired lock that nobody else has taken',
    async ({ a, b, clock }) => {
      await a.addRequest(page('1'))
      await a.listAndLockHead({ lockSecs: 10 })
      clock.advance(10_000)
      await a.prolongRequestLock(requestIdOf('1'), { lockSecs: 10 })
      assert.deepEqual((await b.listAndLockHead({ lockSecs: 1 })).items, [])
    },
  )

  clientTest('prolongRequestLock and deleteRequestLock say why not', async ({ a, b }) => {
    await a.batchAddRequests(pages(3))
    const [held, handled, pending, unknown] = ['1', '2', '3', 'unknown'].map(requestIdOf) as [
      string,
      string,
      string,
      string,
    ]
    await b.listAndLockHead({ lockSecs: 60, limit: 2 })
    await b.updateRequest({ ...page('2'), id: handled, handledAt: new Date().toISOString() })
    const type = 'request-handled-or-locked'
    await refusedWith(a.prolongRequestLock(held, { lockSecs: 60 }), 403, type)
    await refusedWith(a.deleteRequestLock(held), 403, type)
    await refusedWith(a.prolongRequestLock(handled, { lockSecs: 60 }), 400, type)
    await refusedWith(a.deleteRequestLock(handled), 400, type)
    await refusedWith(a.prolongRequestLock(pending, { lockSecs: 60 }), 400, type)
    await refusedWith(a.prolongRequestLock(unknown, { lockSecs: 60 }), 404, 'record-not-found')
    await refusedWith(a.deleteRequestLock(unknown), 404, 'record-not-found')
    await refusedWith(b.prolongRequestLock(held, { lockSecs: 0 }), 400, 'invalid-input')
    // Nobody holds it, so there is nothing to refuse.
    await a.deleteRequestLock(pending)
  })

  clientTest('deleteRequestLock gives it back at once, at the end or at the head', async ({ a, b }) => {
    await a.batchAddRequests(pages(4))
    await a.listAndLockHead({ lockSecs: 60, limit: 2 })
    await a.deleteRequestLock(requestIdOf('1'), { forefront: false })
    await a.deleteRequestLock(requestIdOf('2'), { forefront: true })
    await a.deleteRequestLock(requestIdOf('2'))
    assert.deepEqual(keysOf((await b.listAndLockHead({ lockSecs: 60 })).items), ['2', '3', '4', '1'])
  })

  clientTest(
    'unlockRequests gives back what this client holds and nothing else',
    async ({ a, b, apify, queueId }) => {
      await a.batchAddRequests(pages(6))
      await a.listAndLockHead({ lockSecs: 60, limit: 2 })
      await b.listAndLockHead({ lockSecs: 60, limit: 2 })
      assert.deepEqual(await apify.requestQueue(queueId).unlockRequests(), { unlockedCount: 0 })
      assert.deepEqual(await a.unlockRequests(), { unlockedCount: 2 })
      assert.deepEqual(await a.unlockRequests(), { unlockedCount: 0 })
      assert.deepEqual(keysOf((await a.listHead()).items), ['5', '6', '1', '2'])
    },
  )

  clientTest('a client without a key is a new client with every call', async ({ apify, queueId }) => {
    const anonymous = apify.requestQueue(queueId)
    await anonymous.batchAddRequests(pages(2))
    assert.equal((await anonymous.get())?.hadMultipleClients, false)
    const { items } = await anonymous.listAndLockHead({ lockSecs: 60, limit: 1 })
    assert.equal((await anonymous.get())?.hadMultipleClients, true)
    const call = anonymous.prolongRequestLock(items[0]!.id, { lockSecs: 60 })
    await refusedWith(call, 403, 'request-handled-or-locked')
  })
})

describe('apify-client: listing requests', () => {
  clientTest('listRequests gives a page and a cursor for the next', async ({ a }) => {
    await a.batchAddRequests(pages(5))
    const first = await a.listRequests({ limit: 3 })
    assert.equal(first.limit, 3)
    assert.equal(first.items.length, 3)
    const second = await a.listRequests({ limit: 3, cursor: first.nextCursor! })
    assert.equal(second.items.length, 2)
    assert.equal(second.nextCursor, undefined)
    const seen = keysOf([...first.items, ...second.items])
    assert.deepEqual(new Set(seen), new Set(keysOf(pages(5))))
  })

  clientTest('listRequests goes on after an ID', async ({ a }) => {
    await a.batchAddRequests(pages(5))
    const all = await a.listRequests()
    const rest = await a.listRequests({ exclusiveStartId: all.items[1]!.id })
    assert.deepEqual(keysOf(rest.items), keysOf(all.items.slice(2)))
    const both = a.listRequests({ exclusiveStartId: all.items[1]!.id, filter: ['pending'] })
    await refusedWith(both, 400, 'invalid-input')
  })

  clientTest('listRequests filters by state', async ({ a, b }) => {
    await a.batchAddRequests(pages(6))
    await b.listAndLockHead({ lockSecs: 60, limit: 2 })
    await a.updateRequest({ ...page('6'), id: requestIdOf('6'), handledAt: new Date().toISOString() })
    const keys = async (...filter: ('locked' | 'pending')[]) =>
      keysOf((await a.listRequests({ filter })).items).sort()
    assert.deepEqual(await keys('locked'), ['1', '2'])
    assert.deepEqual(await keys('pending'), ['3', '4', '5'])
    assert.deepEqual(await keys('locked', 'pending'), ['1', '2', '3', '4', '5'])
    assert.deepEqual(keysOf((await a.listRequests()).items).sort(), ['1', '2', '3', '4', '5', '6'])
  })

  clientTest('listRequests refuses a cursor that is none', async ({ a }) => {
    await refusedWith(a.listRequests({ cursor: 'no cursor of ours' }), 400, 'invalid-input')
  })

  clientTest('iteration over listRequests meets each request once', async ({ a }) => {
    await a.batchAddRequests(pages(1203), { maxParallel: 20 })
    // One answer holds 1,000, so this takes two.
    const all = keysOf(await collect(a.listRequests()))
    assert.deepEqual([all.length, new Set(all).size], [1203, 1203])
    const some = await collect(a.listRequests({ limit: 1100, filter: ['pending'] }))
    assert.equal(some.length, 1100)
  })

  clientTest('paginateRequests gives pages until there are no more', async ({ a }) => {
    await a.batchAddRequests(pages(10))
    const sizes = async (options: Parameters<typeof a.paginateRequests>[0]) =>
      (await collect(a.paginateRequests(options))).map(({ items }) => items.length)
    assert.deepEqual(await sizes({ maxPageLimit: 4 }), [4, 4, 2])
    assert.deepEqual(await sizes({ maxPageLimit: 4, limit: 6 }), [4, 2])
    assert.deepEqual(await sizes({ maxPageLimit: 5 }), [5, 5])
    assert.deepEqual(await sizes({}), [10])
    assert.deepEqual(await sizes({ filter: ['locked'] }), [])
    const keys = new Set<string>()
    for await (const { items } of a.paginateRequests({ maxPageLimit: 3 })) {
      for (const key of keysOf(items)) keys.add(key)
    }
    assert.equal(keys.size, 10)
  })

  clientTest('paginateRequests starts after an ID or at a cursor', async ({ a }) => {
    await a.batchAddRequests(pages(6))
    const { items } = await a.listRequests()
    const { nextCursor } = await a.listRequests({ limit: 2 })
    for (const start of [{ exclusiveStartId: items[1]!.id }, { cursor: nextCursor! }]) {
      const pagesSeen = await collect(a.paginateRequests({ ...start, maxPageLimit: 3 }))
      assert.deepEqual(keysOf(pagesSeen.flatMap((each) => each.items)), keysOf(items.slice(2)))
    }
  })
})
