/**
 * The Python client and the Python SDK, emulated: see python-client.ts, python-models.ts and
 * python-queues.ts.
 */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { startCrawlee } from '../../harness/clients/crawlee.ts'
import {
  type Dialect,
  dialects,
  PythonClient,
  type PythonQueueClient,
  refusedWith,
} from '../../harness/clients/python-client.ts'
import {
  type PythonRequest,
  PythonSharedQueue,
  PythonSingleQueue,
  pythonRequest,
  pythonRequests,
  pythonTime,
} from '../../harness/clients/python-queues.ts'
import { type ClientScene, clientTest, keysOf } from '../../harness/clients.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const handledAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

for (const dialect of dialects) {
  describe(`Python API client, ${dialect.name}`, () => clientTests(dialect))
  describe(`Python SDK on ${dialect.name}, one consumer`, () => singleTests(dialect))
  describe(`Python SDK on ${dialect.name}, several consumers`, () => sharedTests(dialect))
}

function clientTests(dialect: Dialect): void {
  clientTest('every answer about queues has what its models ask for', async (scene) => {
    const client = new PythonClient(scene, dialect)
    const made = await client.getOrCreate('python-queue')
    assert.equal((await client.getOrCreate('python-queue'))['id'], made['id'])
    await client.getOrCreate()
    const { items, total } = await client.listQueues({ unnamed: true, limit: 10, offset: 0, desc: true })
    assert.deepEqual([items.length, total], [3, 3])
    const queue = client.queue(String(made['id']))
    assert.equal((await queue.update({ name: 'renamed', generalAccess: null }))['name'], 'renamed')
    assert.equal((await queue.get())?.name, 'renamed')
    await queue.delete()
    assert.equal(await queue.get(), null)
    await queue.delete()
    assert.equal(typeof (await client.user())?.['username'], 'string')
  })

  clientTest('an unnamed queue has the field for its name', async (scene) => {
    // Version 2 of the client gives answers to the SDK as they came, and the SDK asks for it as for one that
    // is there.
    const queue = (await pythonQueue(scene, dialect).get())!
    for (const field of [
      'id',
      'name',
      'stats',
      'createdAt',
      'modifiedAt',
      'accessedAt',
      'pendingRequestCount',
    ]) {
      assert.ok(field in queue, field)
    }
    assert.equal(queue.name, null)
  })

  clientTest('every answer about requests has what its models ask for', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    const id = requestIdOf('1')
    // No more than the two fields that have to be there: the rest of the answers is defaults.
    const bare = { url: 'https://example.com/1', uniqueKey: '1' }
    assert.equal((await queue.addRequest(bare)).requestId, id)
    assert.deepEqual(keysOf((await queue.listHead()).items), ['1'])
    assert.equal((await queue.getRequest(id))?.uniqueKey, '1')
    assert.deepEqual(keysOf((await queue.listRequests()).items), ['1'])
    const locked = await queue.listAndLockHead(180)
    assert.deepEqual(keysOf(locked.items), ['1'])
    const prolonged = await queue.prolongRequestLock(id, 360, false)
    assert.ok(prolonged.lockExpiresAt > locked.items[0]!.lockExpiresAt)
    assert.ok((await queue.getRequest(id))?.['lockExpiresAt'])
    await queue.deleteRequestLock(id, true)
    assert.equal((await queue.updateRequest({ ...bare, id, method: 'POST' })).wasAlreadyPresent, true)
    await queue.listAndLockHead(180)
    assert.deepEqual(await queue.unlockRequests(), { unlockedCount: 1 })
    await queue.deleteRequest(id)
    assert.equal(await queue.getRequest(id), null)
  })

  clientTest('requests that are there twice in a batch, and 60 in three batches', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    const requests = pythonRequests(60)
    const { processedRequests, unprocessedRequests } = await queue.batchAddRequests([
      ...requests,
      ...requests,
    ])
    assert.deepEqual(unprocessedRequests, [])
    assert.deepEqual(
      processedRequests.map((each) => each.wasAlreadyPresent),
      [...Array(60).fill(false), ...Array(60).fill(true)],
    )
    const deleted = await queue.batchDeleteRequests([{ uniqueKey: '1' }, { id: requestIdOf('2') }])
    assert.equal(deleted.processedRequests.length, 2)
    assert.equal((await queue.get())?.totalRequestCount, 58)
  })

  clientTest('times as Python writes them mark a request as handled', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    const iso = '2026-01-02T03:04:05.678Z'
    const written: [string, string][] = [
      [pythonTime(handledAt), iso],
      [pythonTime(handledAt, 999), iso],
      [pythonTime(handledAt - 678), '2026-01-02T03:04:05.000Z'],
      [pythonTime(handledAt - 678, 5), '2026-01-02T03:04:05.000Z'],
      ['2026-01-02T03:04:05.678000+00:00', iso],
      ['2026-01-02T05:04:05.678+02:00', iso],
      [iso, iso],
    ]
    for (const [sent, read] of written) {
      const answer = await queue.addRequest(
        pythonRequest(sent, { url: 'https://example.com/', handledAt: sent }),
      )
      const stored = await queue.getRequest(answer.requestId)
      assert.equal(stored?.handledAt, read, sent)
    }
    const { handledRequestCount } = (await queue.get())!
    assert.equal(handledRequestCount, written.length)
  })

  clientTest('booleans of the query as this version writes them', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    await queue.addRequest(pythonRequest('1'), false)
    await queue.addRequest(pythonRequest('f'), true)
    await queue.batchAddRequests([pythonRequest('2')], false)
    await queue.batchAddRequests([pythonRequest('g')], true)
    assert.deepEqual(keysOf((await queue.listHead()).items), ['g', 'f', '1', '2'])
  })

  clientTest('seconds of a lock as a number with a fraction', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    await queue.addRequest(pythonRequest('1'))
    const { items, lockSecs } = await queue.listAndLockHead('180.0')
    assert.equal(lockSecs, 180)
    assert.equal(Date.parse(items[0]!.lockExpiresAt), scene.clock.wallMs() + 180_000)
  })

  clientTest('more of the head than there can be', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    await queue.batchAddRequests(pythonRequests(1010))
    const { items, limit } = await queue.listHead(1200)
    assert.deepEqual([items.length, limit], [1000, 1000])
    assert.deepEqual(keysOf(items), keysOf(pythonRequests(1000)))
  })

  clientTest('listing goes on by cursor, and filters by state', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    await queue.batchAddRequests(pythonRequests(7))
    const seen: string[] = []
    for (let cursor: string | null = null; ; ) {
      const { items, nextCursor } = await queue.listRequests({ limit: 3, cursor })
      seen.push(...keysOf(items))
      if (nextCursor === undefined || nextCursor === null) break
      cursor = nextCursor
    }
    assert.deepEqual(seen.sort(), ['1', '2', '3', '4', '5', '6', '7'])
    await queue.listAndLockHead(180, 2)
    assert.equal((await queue.listRequests({ filter: 'locked' })).items.length, 2)
    assert.equal((await queue.listRequests({ filter: 'pending,locked', limit: 10_000 })).items.length, 7)
    const [first] = (await queue.listRequests()).items
    assert.equal((await queue.listRequests({ exclusiveStartId: first!.id })).items.length, 6)
  })

  clientTest('refusals arrive with their status and type', async (scene) => {
    const queue = pythonQueue(scene, dialect)
    await refusedWith(queue.addRequest({ url: 'https://example.com/' }), 400, 'invalid-input')
    await refusedWith(queue.listAndLockHead(0), 400, 'invalid-input')
    await refusedWith(queue.deleteRequest(requestIdOf('missing')), 404, 'record-not-found')
    const unknown = new PythonClient(scene, dialect).queue('someone/unknown')
    assert.equal(await unknown.get(), null)
    assert.equal(await unknown.getRequest(requestIdOf('missing')), null)
  })
}

function singleTests(dialect: Dialect): void {
  const open = (scene: ClientScene) => new PythonSingleQueue(pythonQueue(scene, dialect))

  clientTest('each of 100 requests is fetched once, in order', async (scene) => {
    const queue = open(scene)
    assert.equal(await queue.add(pythonRequests(100)), 100)
    assert.deepEqual(await handleAll(queue), keysOf(pythonRequests(100)))
    assert.equal(await queue.isEmpty(), true)
    assert.deepEqual(await countsAndWrites(scene, dialect), { total: 100, handled: 100, writes: 200 })
  })

  clientTest(
    'requests of another producer come in full and in order, and nothing is locked',
    async (scene) => {
      const producer = pythonQueue(scene, dialect, 'producer')
      const userData = { category: 'api', __crawlee: { crawlDepth: 2 } }
      const headers = { 'content-type': 'application/json' }
      await producer.batchAddRequests(
        pythonRequests(300, { method: 'POST', payload: '{}', userData, headers }),
      )
      const queue = open(scene)
      const first = await queue.fetch()
      assert.deepEqual(first, pythonRequest('1', { method: 'POST', payload: '{}', userData, headers }))
      assert.deepEqual((await producer.listRequests({ filter: 'locked' })).items, [])
      await queue.markHandled(first!)
      // The head is read 200 at a time, those in work included.
      assert.deepEqual(await handleAll(queue), keysOf(pythonRequests(300)).slice(1))
    },
  )

  clientTest('forefront comes first, the latest before the others', async (scene) => {
    const producer = pythonQueue(scene, dialect, 'producer')
    for (const key of ['1', '2', '3']) await producer.addRequest(pythonRequest(key), false)
    for (const key of ['f1', 'f2']) await producer.addRequest(pythonRequest(key), true)
    assert.deepEqual(await handleAll(open(scene)), ['f2', 'f1', '1', '2', '3'])
  })

  clientTest('a failed request comes again: at the end, or at once with forefront', async (scene) => {
    const queue = open(scene)
    await queue.add(pythonRequests(3))
    const first = await queue.fetch()
    assert.equal((await queue.reclaim({ ...first!, retryCount: 1 }, true)).wasAlreadyHandled, false)
    const again = await queue.fetch()
    assert.deepEqual([again?.uniqueKey, again?.['retryCount']], ['1', 1])
    await queue.reclaim(again!)
    const other = pythonQueue(scene, dialect, 'looks')
    assert.deepEqual(keysOf((await other.listHead()).items), ['2', '3', '1'])
    assert.deepEqual(await handleAll(queue), ['2', '3', '1'])
  })

  clientTest('a handled request that is given back is pending again', async (scene) => {
    const queue = open(scene)
    await queue.add(pythonRequests(1))
    const request = (await queue.fetch())!
    await queue.markHandled(request)
    assert.equal((await queue.reclaim(request)).wasAlreadyHandled, true)
    assert.deepEqual(await handleAll(queue), ['1'])
    assert.deepEqual(await countsAndWrites(scene, dialect), { total: 1, handled: 1, writes: 4 })
  })

  clientTest('what is there is learned by one read of each, and not added again', async (scene) => {
    const requests = pythonRequests(10, { handledAt: pythonTime(handledAt, 17) })
    await open(scene).add(requests)
    const api = pythonQueue(scene, dialect)
    const before = (await api.get())!.stats
    assert.equal(before.writeCount, 10)
    assert.equal(await open(scene).add(requests), 0)
    const after = (await api.get())!.stats
    assert.equal(after.readCount - before.readCount, 10)
    assert.equal(after.writeCount, before.writeCount)
  })

  clientTest('it stays one client until another one comes', async (scene) => {
    const queue = open(scene)
    await queue.fetch()
    await queue.fetch()
    const other = pythonQueue(scene, dialect, null)
    assert.equal((await other.get())?.hadMultipleClients, false)
    await other.listHead()
    assert.equal((await other.get())?.hadMultipleClients, true)
  })
}

function sharedTests(dialect: Dialect): void {
  const open = (scene: ClientScene, clientKey = 'python') =>
    new PythonSharedQueue(pythonQueue(scene, dialect, clientKey))

  clientTest('each request is written three times: added, locked, handled', async (scene) => {
    const queue = open(scene)
    await queue.add(pythonRequests(5))
    assert.deepEqual(await handleAll(queue), ['1', '2', '3', '4', '5'])
    assert.equal(await queue.isFinished(), true)
    assert.deepEqual(await countsAndWrites(scene, dialect), { total: 5, handled: 5, writes: 15 })
  })

  clientTest('two consumers in turn never get the same request', async (scene) => {
    const [a, b] = [open(scene, 'python-a'), open(scene, 'python-b')]
    await a.add(pythonRequests(100))
    const seen: string[] = []
    while (!(await a.isFinished()) || !(await b.isFinished())) {
      for (const queue of [a, b]) {
        const request = await queue.fetch()
        if (request === null) continue
        seen.push(request.uniqueKey)
        await queue.markHandled(request)
      }
    }
    assert.deepEqual([seen.length, new Set(seen).size], [100, 100])
  })

  clientTest('a failed request is given back by the PUT alone, at once for everybody', async (scene) => {
    const [a, b] = [open(scene, 'python-a'), open(scene, 'python-b')]
    await a.add(pythonRequests(30))
    const request = (await a.fetch())!
    await a.reclaim({ ...request, retryCount: 1 })
    const [stored] = (await pythonQueue(scene, dialect).listRequests({ filter: 'pending' })).items.filter(
      (each) => each.uniqueKey === '1',
    )
    assert.equal(stored?.retryCount, 1)
    // `a` holds 2 to 25; `b` gets the rest, and behind it the one given back.
    assert.deepEqual(await handleAll(b), ['26', '27', '28', '29', '30', '1'])
  })

  clientTest(
    'a failed request with forefront is the next one, before those already locked',
    async (scene) => {
      const queue = open(scene)
      await queue.add(pythonRequests(3))
      const request = (await queue.fetch())!
      assert.equal(request.uniqueKey, '1')
      await queue.reclaim(request, true)
      assert.deepEqual(await handleAll(queue), ['1', '2', '3'])
    },
  )

  clientTest('it is not finished while another consumer works', async (scene) => {
    const [a, b] = [open(scene, 'python-a'), open(scene, 'python-b')]
    await a.add(pythonRequests(1))
    assert.equal(await a.isFinished(), false)
    const request = (await a.fetch())!
    assert.deepEqual([await b.isEmpty(), await b.isFinished()], [true, false])
    await a.markHandled(request)
    assert.deepEqual([await a.isFinished(), await b.isFinished()], [true, true])
  })

  clientTest('the requests of a dead consumer come to the other after 180 seconds', async (scene) => {
    const [a, b] = [open(scene, 'python-a'), open(scene, 'python-b')]
    await a.add(pythonRequests(3))
    const late = (await a.fetch())!
    scene.clock.advance(179_999)
    assert.equal(await b.fetch(), null)
    scene.clock.advance(1)
    assert.deepEqual(await handleAll(b), ['1', '2', '3'])
    // It wakes up: what it finished is known, what it wanted next is done.
    assert.equal((await a.markHandled(late)).wasAlreadyHandled, true)
    assert.deepEqual([await a.fetch(), await a.fetch(), await a.fetch()], [null, null, null])
    assert.equal(await a.isFinished(), true)
  })

  clientTest('Python and Crawlee for JavaScript work on one queue', async (scene) => {
    const python = open(scene)
    await python.add(pythonRequests(2, { userData: { from: 'python' }, label: null }))
    const { queue: crawlee } = await startCrawlee(scene, scene.queueId)
    await crawlee.addRequest({ url: 'https://example.com/js', uniqueKey: 'js', userData: { from: 'js' } })

    const byCrawlee = await crawlee.fetchNextRequest()
    assert.deepEqual([byCrawlee?.uniqueKey, byCrawlee?.userData], ['1', { from: 'python' }])
    assert.equal(await python.fetch(), null)
    await crawlee.reclaimRequest(byCrawlee!)
    const byPython = await python.fetch()
    assert.equal(byPython?.uniqueKey, '1')
    await python.markHandled(byPython!)
    for (const key of ['2', 'js']) {
      const request = await crawlee.fetchNextRequest()
      assert.equal(request?.uniqueKey, key)
      await crawlee.markRequestHandled(request!)
    }
    assert.deepEqual([await python.isFinished(), await crawlee.isFinished()], [true, true])
  })
}

function pythonQueue(
  scene: ClientScene,
  dialect: Dialect,
  clientKey: string | null = 'python',
): PythonQueueClient {
  return new PythonClient(scene, dialect).queue(scene.queueId, clientKey)
}

async function countsAndWrites(scene: ClientScene, dialect: Dialect) {
  const info = (await pythonQueue(scene, dialect).get())!
  return {
    total: info.totalRequestCount,
    handled: info.handledRequestCount,
    writes: info.stats.writeCount,
  }
}

/** Fetches and finishes until nothing comes; the unique keys in order. */
async function handleAll(queue: {
  fetch(): Promise<PythonRequest | null>
  markHandled(request: PythonRequest): Promise<{ wasAlreadyHandled: boolean }>
}): Promise<string[]> {
  const keys: string[] = []
  for (let request = await queue.fetch(); request !== null; request = await queue.fetch()) {
    keys.push(request.uniqueKey)
    assert.equal((await queue.markHandled(request)).wasAlreadyHandled, false)
  }
  return keys
}
