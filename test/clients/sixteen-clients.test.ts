/** Sixteen clients on one queue at the same time, over HTTP: no request is ever with two of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestQueueClient } from 'apify-client'
import { apifyClient, clientTest, countsOf, keysOf, page } from '../../harness/clients.ts'
import { testStoreKind, testThreads } from '../../harness/server.ts'
import { startServerProcess, temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const clientCount = 16

describe('sixteen clients', () => {
  clientTest('lock 5,000 requests at the same time, each by one of them', async (scene) => {
    await lockAndFinish(sixteenClients(scene, scene.queueId), 5_000)
  })

  // In threads.test.ts three threads answer every test.
  if (testThreads === 1) {
    test('the same when several threads of the server answer them', async (t) => {
      const directory = await temporaryDirectory(t)
      const store = testStoreKind === 'postgres' ? await temporaryDatabase(t) : 'sqlite'
      const flags = ['--threads', '3', '--store', store]
      const server = await startServerProcess(t, directory, { flags })
      const access = { url: server.url, token: server.firstToken! }
      const { id } = await apifyClient(access).requestQueues().getOrCreate()
      await lockAndFinish(sixteenClients(access, id), 1_000)
    })
  }

  clientTest('fetch, give back, prolong and finish in any order', async (scene) => {
    const queues = sixteenClients(scene, scene.queueId)
    await addAll(queues.slice(0, 4), 1_000)
    const holders = new Map<string, number>()
    let handled = 0
    await Promise.all(
      queues.map(async (queue, client) => {
        for (let round = 0; ; round++) {
          const limit = 1 + ((client + round) % 25)
          const { items, queueHasLockedRequests } = await queue.listAndLockHead({ lockSecs: 60, limit })
          if (items.length === 0 && !queueHasLockedRequests) return
          for (const key of keysOf(items)) {
            assert.equal(holders.get(key), undefined, `${key} is with another client`)
            holders.set(key, client)
          }
          await Promise.all(
            items.map(async ({ id, uniqueKey }, index) => {
              if ((client + index) % 3 === 0) await queue.prolongRequestLock(id, { lockSecs: 60 })
              // From now on another client may get the request, before this one reads that it gave it back.
              holders.delete(uniqueKey)
              if ((round + index) % 5 === 4) {
                await queue.deleteRequestLock(id, { forefront: index % 2 === 0 })
              } else if ((round + index) % 7 === 6) {
                await queue.updateRequest({ ...page(uniqueKey), id })
              } else {
                handled += 1
                await finish(queue, uniqueKey)
              }
            }),
          )
        }
      }),
    )
    assert.equal(handled, 1_000)
    assert.deepEqual(await countsOf(scene.a), { total: 1_000, handled: 1_000, pending: 0 })
  })
})

/** Each with connections and a client key of its own. */
function sixteenClients(access: { url: string; token: string }, queueId: string): RequestQueueClient[] {
  return Array.from({ length: clientCount }, (_, client) =>
    apifyClient(access).requestQueue(queueId, { clientKey: `client-${client}` }),
  )
}

/** Together they add so many requests, lock all of them, and finish what they hold. */
async function lockAndFinish(queues: readonly RequestQueueClient[], count: number): Promise<void> {
  const [first] = queues
  await addAll(queues, count)
  assert.deepEqual(await countsOf(first!), { total: count, handled: 0, pending: count })

  const lockedBy = new Map<string, number>()
  await Promise.all(
    queues.map(async (queue, client) => {
      for (;;) {
        const { items, queueHasLockedRequests } = await queue.listAndLockHead({ lockSecs: 300 })
        assert.equal(queueHasLockedRequests, true)
        if (items.length === 0) return
        for (const key of keysOf(items)) {
          assert.equal(lockedBy.get(key), undefined, `${key} was with another client already`)
          lockedBy.set(key, client)
        }
      }
    }),
  )
  assert.equal(lockedBy.size, count)

  await Promise.all(
    queues.map(async (queue, client) => {
      const own = [...lockedBy.keys()].filter((key) => lockedBy.get(key) === client)
      // More than 256 calls at once would hang the client.
      while (own.length > 0) await Promise.all(own.splice(0, 50).map((key) => finish(queue, key)))
    }),
  )
  assert.deepEqual(await countsOf(first!), { total: count, handled: count, pending: 0 })
  const { items, queueHasLockedRequests } = await first!.listAndLockHead({ lockSecs: 60 })
  assert.deepEqual([items, queueHasLockedRequests], [[], false])
}

/** Two clients add every request at about the same time. Exactly one of them is told that it was new. */
async function addAll(queues: readonly RequestQueueClient[], count: number): Promise<void> {
  const share = (2 * count) / queues.length
  const added = await Promise.all(
    queues.map(async (queue, client) => {
      const requests = Array.from({ length: share }, (_, index) =>
        page(`${(client * share + index) % count}`),
      )
      const { processedRequests, unprocessedRequests } = await queue.batchAddRequests(requests)
      assert.deepEqual(unprocessedRequests, [])
      assert.equal(processedRequests.length, share)
      return processedRequests.filter((request) => !request.wasAlreadyPresent).length
    }),
  )
  const sum = added.reduce((total, each) => total + each, 0)
  assert.equal(sum, count)
}

/** It was not handled before, because no other client has had it since. */
async function finish(queue: RequestQueueClient, uniqueKey: string): Promise<void> {
  const handledAt = '2030-01-01T00:00:00.000Z'
  const request = { ...page(uniqueKey), id: requestIdOf(uniqueKey), handledAt }
  const { wasAlreadyHandled } = await queue.updateRequest(request)
  assert.equal(wasAlreadyHandled, false, `${uniqueKey} was handled twice`)
}
