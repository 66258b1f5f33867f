/** The real `apify-client` for JavaScript: every method of its request-queue clients, over HTTP. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import {
  ApifyClient,
  type PaginatedList,
  type RequestQueue,
  type RequestQueueClientRequestSchema,
  type RequestQueueCollectionListOptions,
} from 'apify-client'
import { requestIdOf } from '../../src/domain/identity.ts'
import {
  apifyClient,
  clientTest,
  collect,
  countsOf,
  keysOf,
  page,
  pages,
  refusedWith,
} from '../support/clients.ts'

/** What the client's types leave out of a request that was read: its content, and its lock. */
type ReadRequest = RequestQueueClientRequestSchema & { lockExpiresAt?: Date; lockByClient?: string }

/** An enumeration of a package that is not ours to import; the client sends the text itself. */
type Ownership = NonNullable<RequestQueueCollectionListOptions['ownership']>

describe('apify-client: queues', () => {
  clientTest('getOrCreate makes a queue, and gives the same one for the same name', async ({ apify }) => {
    const made = await apify.requestQueues().getOrCreate('My-Queue')
    assert.equal(made.name, 'My-Queue')
    assert.match(made.id, /^[A-Za-z0-9]{17}$/)
    assert.equal((await apify.requestQueues().getOrCreate('My-Queue')).id, made.id)
    assert.equal((await apify.requestQueues().getOrCreate('my-queue')).id, made.id)
  })

  clientTest('getOrCreate without a name makes a new unnamed queue each time', async ({ apify }) => {
    const first = await apify.requestQueues().getOrCreate()
    const second = await apify.requestQueues().getOrCreate()
    assert.notEqual(first.id, second.id)
  })

  clientTest('getOrCreate refuses a name that is none', async ({ apify }) => {
    for (const name of ['-a', 'a-', 'a b', 'a/b', 'a~b', 'x'.repeat(64)]) {
      await refusedWith(apify.requestQueues().getOrCreate(name), 400, 'invalid-input')
    }
  })

  clientTest(
    'get gives the queue with dates, counts and statistics',
    async ({ apify, clock, queueId, a }) => {
      const createdAt = new Date(clock.wallMs())
      clock.advance(1000)
      await a.batchAddRequests(pages(3))
      await a.updateRequest({ ...page('1'), id: requestIdOf('1'), handledAt: createdAt.toISOString() })
      const info = await apify.requestQueue(queueId).get()
      assert.ok(info)
      assert.deepEqual(info.createdAt, createdAt)
      assert.deepEqual(info.modifiedAt, new Date(clock.wallMs()))
      assert.deepEqual(info.accessedAt, new Date(clock.wallMs()))
      assert.equal(info.id, queueId)
      assert.equal(info.totalRequestCount, 3)
      assert.equal(info.handledRequestCount, 1)
      assert.equal(info.pendingRequestCount, 2)
      assert.equal(info.hadMultipleClients, false)
      const { writeCount, readCount, deleteCount, headItemReadCount, storageBytes } = info.stats
      assert.deepEqual([writeCount, readCount, deleteCount, headItemReadCount], [4, 0, 0, 0])
      assert.ok(storageBytes! > 0)
      assert.equal(typeof info.userId, 'string')
      assert.ok(URL.canParse((info as RequestQueue & { consoleUrl: string }).consoleUrl))
    },
  )

  clientTest('get of an unknown queue is undefined', async ({ apify }) => {
    assert.equal(await apify.requestQueue('nobodyKnowsThis17').get(), undefined)
    assert.equal(await apify.requestQueue('~nobody-knows-this').get(), undefined)
    assert.equal(await apify.requestQueue('nobody/queue').get(), undefined)
    // Crawlee asks for a bare name first and creates the queue when there is none.
    await apify.requestQueues().getOrCreate('bare-name')
    assert.equal(await apify.requestQueue('bare-name').get(), undefined)
  })

  clientTest('a named queue is found as username/name, username~name and ~name', async ({ apify }) => {
    const { id } = await apify.requestQueues().getOrCreate('Shop-Pages')
    const { username } = await apify.user('me').get()
    for (const address of [`${username}/shop-pages`, `${username}~Shop-Pages`, '~SHOP-pages']) {
      const queue = apify.requestQueue(address, { clientKey: 'client-a' })
      assert.equal((await queue.get())?.id, id)
      await queue.addRequest(page(address))
    }
    assert.equal((await countsOf(apify.requestQueue(id))).total, 3)
  })

  clientTest('update changes what it names and leaves the rest', async ({ apify, queueId }) => {
    const queue = apify.requestQueue(queueId)
    const named = await queue.update({ name: 'Named-Now' })
    assert.equal(named.name, 'Named-Now')
    const titled = await queue.update({ title: 'All the pages' })
    assert.equal(titled.title, 'All the pages')
    assert.equal(titled.name, 'Named-Now')
    assert.equal((await apify.requestQueue('~named-now').get())?.title, 'All the pages')
  })

  clientTest('update refuses the name of another queue, and an unknown queue', async ({ apify, queueId }) => {
    await apify.requestQueues().getOrCreate('taken')
    const queue = apify.requestQueue(queueId)
    await refusedWith(queue.update({ name: 'TAKEN' }), 400, 'name-not-unique')
    await refusedWith(queue.update({ name: 'no name' }), 400, 'invalid-input')
    const unknown = apify.requestQueue('nobodyKnowsThis17')
    await refusedWith(unknown.update({ name: 'free' }), 404, 'record-not-found')
  })

  clientTest('delete takes the queue away, and twice is no error', async ({ apify, queueId, a }) => {
    await a.batchAddRequests(pages(5))
    const queue = apify.requestQueue(queueId)
    await queue.delete()
    assert.equal(await queue.get(), undefined)
    await refusedWith(a.listHead(), 404, 'record-not-found')
    await queue.delete()
  })
})

describe('apify-client: list of queues', () => {
  clientTest('named queues by age, the oldest first; desc turns it round', async ({ apify, clock }) => {
    for (const name of ['one', 'two', 'three']) {
      clock.advance(1000)
      await apify.requestQueues().getOrCreate(name)
    }
    const { items, ...rest } = await apify.requestQueues().list()
    assert.deepEqual(namesOf(items), ['one', 'two', 'three'])
    assert.deepEqual(pageOf(rest), { total: 3, count: 3, offset: 0, limit: 1000, desc: false })
    const turned = await apify.requestQueues().list({ desc: true })
    assert.deepEqual(namesOf(turned.items), ['three', 'two', 'one'])
    assert.equal(turned.desc, true)
  })

  clientTest('an element has dates, counts and the name of its owner', async ({ apify, clock }) => {
    const made = await apify.requestQueues().getOrCreate('one')
    await apify.requestQueue(made.id).addRequest(page('1'))
    const { items } = await apify.requestQueues().list()
    const { username } = await apify.user('me').get()
    const [item] = items
    assert.ok(item)
    assert.equal(item.id, made.id)
    assert.equal(item.username, username)
    assert.deepEqual(item.createdAt, new Date(clock.wallMs()))
    assert.deepEqual([item.totalRequestCount, item.handledRequestCount, item.pendingRequestCount], [1, 0, 1])
    assert.equal(item.hadMultipleClients, false)
  })

  clientTest('unnamed queues come only when asked for', async ({ apify, queueId }) => {
    const { id } = await apify.requestQueues().getOrCreate('named')
    const named = await apify.requestQueues().list({ unnamed: false })
    assert.deepEqual(
      named.items.map((item) => item.id),
      [id],
    )
    const all = await apify.requestQueues().list({ unnamed: true })
    assert.deepEqual(new Set(all.items.map((item) => item.id)), new Set([id, queueId]))
  })

  clientTest('pages by offset and limit', async ({ apify, clock }) => {
    for (const { uniqueKey } of pages(5, 'q')) {
      clock.advance(1)
      await apify.requestQueues().getOrCreate(uniqueKey)
    }
    const { items, ...rest } = await apify.requestQueues().list({ offset: 1, limit: 3 })
    assert.deepEqual(namesOf(items), ['q2', 'q3', 'q4'])
    assert.deepEqual(pageOf(rest), { total: 5, count: 3, offset: 1, limit: 3, desc: false })
    const beyond = await apify.requestQueues().list({ offset: 9 })
    assert.deepEqual([beyond.items.length, beyond.total, beyond.count], [0, 5, 0])
  })

  clientTest('iterates over all of them', async ({ apify, clock }) => {
    for (const { uniqueKey } of pages(7, 'q')) {
      clock.advance(1)
      await apify.requestQueues().getOrCreate(uniqueKey)
    }
    const all = namesOf(await collect(apify.requestQueues().list()))
    assert.deepEqual(all, ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7'])
    const some = namesOf(await collect(apify.requestQueues().list({ offset: 2, limit: 4, desc: true })))
    assert.deepEqual(some, ['q5', 'q4', 'q3', 'q2'])
  })

  clientTest('iterates over more than one answer holds', async ({ apify }) => {
    // A page of the list has 1,000, and one queue is there already. Not all at once: more than 256 calls in flight
    // hang this client for ever, whatever the server.
    for (let hundred = 0; hundred < 10; hundred++) {
      await Promise.all(Array.from({ length: 100 }, () => apify.requestQueues().getOrCreate()))
    }
    const found = await collect(apify.requestQueues().list({ unnamed: true }))
    assert.deepEqual([found.length, new Set(found.map((item) => item.id)).size], [1001, 1001])
  })

  clientTest('by ownership: all are ours, none is shared with us', async ({ apify }) => {
    await apify.requestQueues().getOrCreate('ours')
    const ours = await apify.requestQueues().list({ ownership: 'ownedByMe' as Ownership })
    assert.deepEqual(namesOf(ours.items), ['ours'])
    const shared = await apify.requestQueues().list({ ownership: 'sharedWithMe' as Ownership })
    assert.deepEqual([shared.items.length, shared.total], [0, 0])
  })
})

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

describe('apify-client: access', () => {
  clientTest("user('me').get() names the user of the token", async ({ apify, queueId }) => {
    const me = (await apify.user('me').get()) as { id?: string; username: string }
    assert.equal(typeof me.username, 'string')
    assert.equal(me.id, (await apify.requestQueue(queueId).get())?.userId)
  })

  clientTest('a wrong token and none are refused with their own types', async ({ url, queueId }) => {
    const wrong = apifyClient({ url, token: 'headlock_nobody' })
    await refusedWith(wrong.requestQueue(queueId).get(), 401, 'token-not-valid')
    const none = apifyClient({ url, token: '' })
    await refusedWith(none.requestQueue(queueId).get(), 401, 'token-not-provided')
  })

  clientTest('an error says what happened, and which call it was', async ({ a, queueId }) => {
    const error = await refusedWith(a.listAndLockHead({ lockSecs: 1, limit: 99 }), 400, 'invalid-input')
    assert.match(error.message, /limit/)
    assert.equal(error.httpMethod, 'post')
    assert.ok(error.path?.startsWith(`/v2/request-queues/${queueId}/head/lock`))
  })

  clientTest('client keys of 1 and 32 characters are taken, of 33 refused', async ({ apify, queueId }) => {
    for (const clientKey of ['x', 'x'.repeat(32)]) {
      await apify.requestQueue(queueId, { clientKey }).listHead()
    }
    const call = apify.requestQueue(queueId, { clientKey: 'x'.repeat(33) }).listHead()
    const error = await refusedWith(call, 400, 'invalid-input')
    assert.match(error.message, /clientKey/)
  })

  clientTest('a token that may only read reads, and changes nothing', async (scene) => {
    const { url, queueId, a, createToken } = scene
    await a.batchAddRequests(pages(2))
    const token = await createToken({ readOnly: true })
    const reader = apifyClient({ url, token })
    const queue = reader.requestQueue(queueId, { clientKey: 'reader' })
    assert.deepEqual(keysOf((await queue.listHead()).items), ['1', '2'])
    assert.equal((await queue.listRequests()).items.length, 2)
    const id = requestIdOf('1')
    assert.ok(await queue.getRequest(id))
    for (const call of [
      () => queue.addRequest(page('3')),
      () => queue.batchDeleteRequests([{ id }]),
      () => queue.updateRequest({ ...page('1'), id }),
      () => queue.deleteRequest(id),
      () => queue.listAndLockHead({ lockSecs: 60 }),
      () => queue.prolongRequestLock(id, { lockSecs: 60 }),
      () => queue.deleteRequestLock(id),
      () => queue.unlockRequests(),
      () => queue.update({ name: 'mine' }),
      () => queue.delete(),
      () => reader.requestQueues().getOrCreate('mine'),
    ]) {
      await refusedWith(call(), 403, 'permission-denied')
    }
    assert.deepEqual(await countsOf(a), { total: 2, handled: 0, pending: 2 })
  })

  clientTest('clients of one run act on the locks of each other', async (scene) => {
    const { url, queueId, b, createToken } = scene
    const process = async (runId: string, clientKey: string) => {
      const token = await createToken({ runId })
      return apifyClient({ url, token }).requestQueue(queueId, { clientKey })
    }
    const one = await process('run-1', 'process-1')
    const two = await process('run-1', 'process-2')
    const other = await process('run-2', 'process-3')
    await one.batchAddRequests(pages(5))
    await one.listAndLockHead({ lockSecs: 60, limit: 3 })
    for (const stranger of [other, b]) {
      const call = stranger.prolongRequestLock(requestIdOf('1'), { lockSecs: 60 })
      await refusedWith(call, 403, 'request-handled-or-locked')
      assert.deepEqual(await stranger.unlockRequests(), { unlockedCount: 0 })
    }
    await two.prolongRequestLock(requestIdOf('1'), { lockSecs: 120 })
    await two.deleteRequestLock(requestIdOf('2'))
    assert.deepEqual(await two.unlockRequests(), { unlockedCount: 2 })
    assert.deepEqual(keysOf((await b.listHead()).items), ['4', '5', '2', '1', '3'])
  })

  clientTest('a wrong base URL is an error, not an empty queue', async ({ url, token }) => {
    // The client takes a 404 for "not there" only when the type says so.
    const misled = apifyClient({ url: `${url}/elsewhere`, token })
    await refusedWith(misled.requestQueue('nobodyKnowsThis17').get(), 404, 'page-not-found')
  })
})

describe('apify-client: rate limits of the hosted API', () => {
  clientTest(
    'the client repeats what came too fast, until all of it is done',
    async ({ url, token, clock, queueId }) => {
      const patient = new ApifyClient({
        baseUrl: url,
        token,
        minDelayBetweenRetriesMillis: 1,
        // The clock of the server goes on with each try: 100 tries in its second, of which 60 are allowed.
        requestInterceptors: [
          (config) => {
            clock.advance(10)
            return config
          },
        ],
      })
      const queue = patient.requestQueue(queueId, { clientKey: 'client-a' })
      const heads = await Promise.all(Array.from({ length: 150 }, () => queue.listHead()))
      assert.equal(heads.length, 150)
      const repeated = patient.stats.rateLimitErrors.reduce((sum, count) => sum + count, 0)
      assert.ok(repeated >= 40, `${repeated} calls were repeated`)
    },
    { rateLimits: 'hosted' },
  )
})

function namesOf(queues: readonly { name?: string }[]): (string | undefined)[] {
  return queues.map((queue) => queue.name)
}

function pageOf(list: Omit<PaginatedList<unknown>, 'items'>) {
  const { total, count, offset, limit, desc } = list
  return { total, count, offset, limit, desc }
}
