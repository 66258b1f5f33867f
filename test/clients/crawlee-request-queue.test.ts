/** `RequestQueue` of `@crawlee/core`, the one that locks: two processes on one named queue. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { EventType, Request, RequestQueue } from '@crawlee/core'
import { crawleeLockMs, fetchAll, startCrawlee, startTwo } from '../../harness/clients/crawlee.ts'
import { clientTest, countsOf, keysOf, page, pages } from '../../harness/clients.ts'

describe('Crawlee RequestQueue: adding', () => {
  clientTest('two processes open one queue by its name', async (scene) => {
    const { a, b } = await startTwo(scene, 'shop')
    assert.equal(a.id, b.id)
    assert.equal(a.name, 'shop')
    assert.notEqual(a.clientKey, b.clientKey)
  })

  clientTest('a queue is opened by its ID too', async (scene) => {
    const { queue } = await startCrawlee(scene, scene.queueId)
    assert.equal(queue.id, scene.queueId)
  })

  clientTest('addRequest tells both processes what was there', async (scene) => {
    const { a, b } = await startTwo(scene)
    assert.equal((await a.addRequest(page('1'))).wasAlreadyPresent, false)
    assert.equal((await b.addRequest(page('1'))).wasAlreadyPresent, true)
    assert.deepEqual(await countsOf(scene.apify.requestQueue(a.id)), { total: 1, handled: 0, pending: 1 })
  })

  clientTest('addRequests adds many, and only those that are new', async (scene) => {
    const { a, b } = await startTwo(scene)
    const first = await a.addRequests(pages(60))
    assert.equal(first.processedRequests.length, 60)
    assert.deepEqual(first.unprocessedRequests, [])
    const second = await b.addRequests([...pages(60), page('new')])
    const added = second.processedRequests.filter((request) => !request.wasAlreadyPresent)
    assert.deepEqual(keysOf(added), ['new'])
    assert.equal((await a.getInfo())?.totalRequestCount, 61)
  })

  clientTest('addRequestsBatched adds the first batch, and the others behind it', async (scene) => {
    const { a, b } = await startTwo(scene)
    const { addedRequests, waitForAllRequestsToBeAdded } = await a.addRequestsBatched(pages(250), {
      batchSize: 100,
      waitBetweenBatchesMillis: 0,
    })
    assert.equal(addedRequests.length, 100)
    assert.equal(await a.isFinished(), false)
    assert.equal((await waitForAllRequestsToBeAdded).length, 150)
    assert.equal((await b.getInfo())?.totalRequestCount, 250)
  })

  clientTest('everything a request carries comes out at the other process', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequest({
      url: 'https://example.com/form',
      method: 'POST',
      payload: 'name=value',
      useExtendedUniqueKey: true,
      headers: { 'X-Custom': 'yes' },
      label: 'FORM',
      userData: { depth: { value: 2 } },
      maxRetries: 7,
      crawlDepth: 3,
      noRetry: true,
    })
    const request = await fetched(b)
    assert.equal(request.url, 'https://example.com/form')
    assert.equal(request.method, 'POST')
    assert.equal(request.payload, 'name=value')
    assert.deepEqual(request.headers, { 'X-Custom': 'yes' })
    assert.equal(request.label, 'FORM')
    assert.deepEqual(request.userData['depth'], { value: 2 })
    assert.deepEqual([request.maxRetries, request.crawlDepth, request.noRetry], [7, 3, true])
    assert.deepEqual([request.retryCount, request.errorMessages], [0, []])
  })
})

describe('Crawlee RequestQueue: fetching', () => {
  clientTest('two processes that fetch in turn never get the same request', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(80))
    const byA = new Set<string>()
    const byB = new Set<string>()
    for (let idle = 0; idle < 2; ) {
      for (const [queue, keys] of [
        [a, byA],
        [b, byB],
      ] as const) {
        const request = await queue.fetchNextRequest()
        idle = request === null ? idle + 1 : 0
        if (request === null) continue
        keys.add(request.uniqueKey)
        await queue.markRequestHandled(request)
      }
    }
    assert.ok(byA.size > 0 && byB.size > 0)
    assert.equal(byA.size + byB.size, 80)
    assert.equal(new Set([...byA, ...byB]).size, 80)
    assert.deepEqual(await countsOf(scene.apify.requestQueue(a.id)), { total: 80, handled: 80, pending: 0 })
    assert.deepEqual([await a.isFinished(), await b.isFinished()], [true, true])
  })

  clientTest('two processes that fetch at the same time never get the same request', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(120))
    const [byA, byB] = await Promise.all([fetchAll(a), fetchAll(b)])
    assert.deepEqual([...byA, ...byB].sort(), keysOf(pages(120)).sort())
  })

  clientTest('forefront comes first, the latest of them before the others', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(3))
    await a.addRequest(page('f1'), { forefront: true })
    await b.addRequest(page('f2'), { forefront: true })
    await a.addRequests(pages(2, 'g'), { forefront: true })
    // Somebody else fetches them: a process puts those that it has added to the forefront itself before all
    // others.
    const { queue } = await startCrawlee(scene, 'shared')
    assert.deepEqual(await fetchAll(queue), ['g2', 'g1', 'f2', 'f1', '1', '2', '3'])
  })

  clientTest(
    'a request that was put first is fetched next, also by a process that holds others',
    async (scene) => {
      const { a } = await startTwo(scene)
      await a.addRequests(pages(3))
      assert.equal((await fetched(a)).uniqueKey, '1')
      await a.addRequest(page('urgent'), { forefront: true })
      assert.deepEqual(await fetchAll(a), ['urgent', '2', '3'])
    },
  )

  clientTest('isEmpty is about what can be fetched, isFinished about what is left', async (scene) => {
    const { a, b } = await startTwo(scene)
    assert.deepEqual([await a.isEmpty(), await a.isFinished()], [true, true])
    await a.addRequest(page('1'))
    assert.deepEqual([await a.isEmpty(), await a.isFinished()], [false, false])
    const request = await fetched(a)
    // Nothing is there to fetch, but the one that `a` works on may come back.
    assert.deepEqual([await b.isEmpty(), await b.isFinished()], [true, false])
    assert.deepEqual([await a.isEmpty(), await a.isFinished()], [true, false])
    await a.markRequestHandled(request)
    assert.deepEqual([await b.isEmpty(), await b.isFinished()], [true, true])
    assert.deepEqual([await a.isEmpty(), await a.isFinished()], [true, true])
  })
})

describe('Crawlee RequestQueue: finishing and giving back', () => {
  clientTest('markRequestHandled counts once, for both processes', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(3))
    const request = await fetched(a)
    const first = await a.markRequestHandled(request)
    assert.deepEqual([first?.wasAlreadyPresent, first?.wasAlreadyHandled], [true, false])
    const second = await b.markRequestHandled(request)
    assert.equal(second?.wasAlreadyHandled, true)
    assert.deepEqual([await a.handledCount(), await b.handledCount()], [1, 1])
    const read = await b.getRequest(request.id!)
    assert.equal(read?.handledAt, request.handledAt)
    const added = await b.addRequest(page('1'))
    assert.deepEqual([added.wasAlreadyPresent, added.wasAlreadyHandled], [true, true])
  })

  clientTest('reclaimRequest gives it back at the end, at once for everybody', async (scene) => {
    const { a, b } = await startTwo(scene)
    await addThirty(a)
    const request = await fetched(a)
    request.retryCount += 1
    request.pushErrorMessage('it failed')
    await a.reclaimRequest(request)
    // `a` holds 2 to 25; what is left for `b` is the rest, and behind it the one given back.
    assert.deepEqual(await fetchAll(b), ['x1', 'x2', 'x3', 'x4', 'x5', '1'])
    const read = await b.getRequest(request.id!)
    assert.deepEqual([read?.retryCount, read?.errorMessages], [1, ['it failed']])
  })

  clientTest('reclaimRequest with forefront gives it back at the head', async (scene) => {
    const { a, b } = await startTwo(scene)
    await addThirty(a)
    const [first, second] = [await fetched(a), await fetched(a)]
    await a.reclaimRequest(first, { forefront: true })
    assert.equal((await fetched(b)).uniqueKey, '1')
    await a.reclaimRequest(second, { forefront: true })
    assert.equal((await fetched(a)).uniqueKey, '2')
  })

  clientTest('what is given back again and again stays one request', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(2))
    for (const queue of [a, b, a, b]) {
      const request = await fetched(queue)
      await queue.reclaimRequest(request, { forefront: true })
      assert.equal(request.uniqueKey, '1')
      // It also locked the other one, which is of no use to it here.
      await scene.apify.requestQueue(queue.id, { clientKey: queue.clientKey }).unlockRequests()
    }
    assert.deepEqual(await countsOf(scene.apify.requestQueue(a.id)), { total: 2, handled: 0, pending: 2 })
  })
})

describe('Crawlee RequestQueue: processes that come and go', () => {
  clientTest('the requests of a dead process come to the other when its locks run out', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(3))
    await fetched(a)
    scene.clock.advance(crawleeLockMs - 1)
    assert.equal(await b.fetchNextRequest(), null)
    assert.equal(await b.isFinished(), false)
    scene.clock.advance(1)
    assert.equal(await b.isFinished(), false)
    for (const key of ['1', '2', '3']) {
      const request = await fetched(b)
      assert.equal(request.uniqueKey, key)
      await b.markRequestHandled(request)
    }
    assert.equal(await b.isFinished(), true)
  })

  clientTest(
    'fetching prolongs: a slow process keeps what it fetches, not what waits behind',
    async (scene) => {
      const { a, b } = await startTwo(scene)
      await a.addRequests(pages(3))
      await fetched(a)
      scene.clock.advance(100_000)
      assert.equal((await fetched(a)).uniqueKey, '2')
      scene.clock.advance(80_000)
      assert.deepEqual((await fetchAll(b)).sort(), ['1', '3'])
      // It still believes that 3 is its own, asks for more time, and learns that it is not.
      assert.equal(await a.fetchNextRequest(), null)
    },
  )

  clientTest('a process that was taken for dead and finishes late is believed', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequest(page('1'))
    const late = await fetched(a)
    scene.clock.advance(crawleeLockMs)
    const retried = await fetched(b)
    assert.equal(retried.uniqueKey, '1')
    await a.markRequestHandled(late)
    assert.deepEqual(await countsOf(scene.apify.requestQueue(a.id)), { total: 1, handled: 1, pending: 0 })
    assert.equal((await b.markRequestHandled(retried))?.wasAlreadyHandled, true)
    assert.deepEqual([await a.isFinished(), await b.isFinished()], [true, true])
    assert.equal(await b.handledCount(), 1)
  })

  clientTest('a process that has to move gives back what it has not begun', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(4))
    await fetched(a)
    const events = a.config.getEventManager()
    events.emit('migrating' as EventType.MIGRATING)
    await events.waitForAllListenersToComplete()
    assert.deepEqual(await fetchAll(b), ['2', '3', '4'])
    assert.equal(await a.fetchNextRequest(), null)
  })

  clientTest('getInfo says that several clients were here', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(2))
    await fetched(a)
    assert.equal((await a.getInfo())?.hadMultipleClients, false)
    await b.isEmpty()
    const info = await a.getInfo()
    assert.equal(info?.hadMultipleClients, true)
    assert.deepEqual(
      [info?.totalRequestCount, info?.pendingRequestCount, info?.handledRequestCount],
      [2, 2, 0],
    )
  })

  clientTest('a process that comes later sees the counts there are', async (scene) => {
    const { a } = await startTwo(scene)
    await a.addRequests(pages(5))
    await a.markRequestHandled(await fetched(a))
    const { queue: late } = await startCrawlee(scene, 'shared')
    assert.deepEqual([late.getTotalCount(), late.getPendingCount()], [5, 4])
  })

  clientTest('drop deletes the queue for both; its name makes a new one', async (scene) => {
    const { a, b } = await startTwo(scene)
    await a.addRequests(pages(3))
    await a.drop()
    assert.equal(await b.getInfo(), undefined)
    const { queue } = await startCrawlee(scene, 'shared')
    assert.notEqual(queue.id, a.id)
    assert.equal(await queue.isFinished(), true)
  })
})

/** 25 and 5 in this order; in one call it would be two batches at the same time. */
async function addThirty(queue: RequestQueue): Promise<void> {
  await queue.addRequests(pages(25))
  await queue.addRequests(pages(5, 'x'))
}

async function fetched(queue: RequestQueue): Promise<Request> {
  const request = await queue.fetchNextRequest()
  assert.ok(request, 'there is a request to fetch')
  return request
}
