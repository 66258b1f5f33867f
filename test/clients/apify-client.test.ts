/**
 * The real `apify-client` for JavaScript, over HTTP: every method of its clients for queues, and what holds
 * for all calls. Its methods for requests and locks: apify-client-requests.test.ts.
 */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import {
  ApifyClient,
  type PaginatedList,
  type RequestQueue,
  type RequestQueueCollectionListOptions,
} from 'apify-client'
import {
  apifyClient,
  clientTest,
  collect,
  countsOf,
  keysOf,
  page,
  pages,
  refusedWith,
} from '../../harness/clients.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

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
    // A page of the list has 1,000, and one queue is there already. Not all at once: more than 256 calls in
    // flight hang this client for ever, whatever the server.
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
