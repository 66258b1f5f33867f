/**
 * Clients that know nothing of policies, at a queue that has one: those that lock end only when all is done, and
 * those that never lock lose nothing.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe } from 'node:test'
import { CheerioCrawler } from '@crawlee/cheerio'
import { RequestQueueV1 } from '@crawlee/core'
import { startCrawlee } from '../../harness/clients/crawlee.ts'
import { dialects, PythonClient } from '../../harness/clients/python-client.ts'
import {
  type PythonRequest,
  PythonSharedQueue,
  PythonSingleQueue,
  pythonRequests,
} from '../../harness/clients/python-queues.ts'
import { type ClientScene, clientTest, countsOf } from '../../harness/clients.ts'

const delaySecs = 300

interface HeldBack {
  readonly why: string
  /** Before the queue is filled: what holds the host back. */
  begin(scene: ClientScene, queueId: string, host: string): Promise<void>
  /** When the client has asked in vain for a while: what lets it go on. */
  release(scene: ClientScene, queueId: string, host: string): Promise<void>
}

const heldBack: readonly HeldBack[] = [
  {
    why: 'its rule has a delay',
    begin: (scene, id) => put(scene, id, { rules: [{ hosts: '*', delaySecs }] }),
    release: async ({ clock }) => clock.advance(delaySecs * 1000),
  },
  {
    why: 'its host is cooling down',
    async begin(scene, id, host) {
      await call(scene, 'POST', `${id}/hosts/${host}/cooldown`, { secs: delaySecs })
    },
    release: async ({ clock }) => clock.advance(delaySecs * 1000),
  },
  {
    why: 'its host is paused and released later',
    begin: (scene, id, host) => put(scene, id, { rules: [{ hosts: host, paused: true }] }),
    release: (scene, id) => put(scene, id, {}),
  },
  {
    why: 'the queue is paused and released later',
    begin: (scene, id) => put(scene, id, { paused: true }),
    release: (scene, id) => put(scene, id, {}),
  },
]

describe('Crawlee with locks ends only when all is done', () => {
  for (const { why, begin, release } of heldBack) {
    clientTest(`where requests wait because ${why}`, async (scene) => {
      await withSite(async (urls) => {
        const { config, queue } = await startCrawlee(scene, scene.queueId)
        const host = new URL(urls[0]!).hostname
        await begin(scene, queue.id, host)
        const visited: string[] = []
        let inVain = 0
        let releases = 0
        const crawler = new CheerioCrawler(
          {
            requestQueue: queue,
            async requestHandler({ request }) {
              visited.push(request.url)
              inVain = 0
            },
            autoscaledPoolOptions: {
              maybeRunIntervalSecs: 0.02,
              isFinishedFunction: async () => {
                const isFinished = await queue.isFinished()
                // Crawlee asks for more while it waits. What it waits for comes after a few questions.
                if (!isFinished && (await queue.isEmpty()) && ++inVain % 3 === 0) {
                  releases++
                  await release(scene, queue.id, host)
                }
                return isFinished
              },
            },
          },
          config,
        )
        await crawler.run([...urls])
        assert.deepEqual(visited.sort(), urls)
        assert.ok(releases > 0)
        const counts = { total: urls.length, handled: urls.length, pending: 0 }
        assert.deepEqual(await countsOf(scene.apify.requestQueue(queue.id)), counts)
      })
    })
  }
})

describe('Crawlee without locks', () => {
  clientTest('gets everything at once, and ends when all is done', async (scene) => {
    await withSite(async (urls) => {
      const { config } = await startCrawlee(scene, scene.queueId)
      const queue = await RequestQueueV1.open(scene.queueId, { config, storageClient: scene.apify })
      await put(scene, queue.id, { rules: [{ hosts: '*', delaySecs, paused: true }], paused: true })
      const visited: string[] = []
      const crawler = new CheerioCrawler(
        {
          requestQueue: queue,
          experiments: { requestLocking: false },
          async requestHandler({ request }) {
            visited.push(request.url)
          },
          autoscaledPoolOptions: { maybeRunIntervalSecs: 0.02 },
        },
        config,
      )
      await crawler.run([...urls])
      assert.deepEqual(visited.sort(), urls)
    })
  })
})

for (const dialect of dialects) {
  const queueOf = (scene: ClientScene) => new PythonClient(scene, dialect).queue(scene.queueId, 'python')

  describe(`Python SDK on ${dialect.name}, several consumers, ends only when all is done`, () => {
    for (const { why, begin, release } of heldBack) {
      clientTest(`where requests wait because ${why}`, async (scene) => {
        const queue = new PythonSharedQueue(queueOf(scene))
        await begin(scene, scene.queueId, 'example.com')
        await queue.add(pythonRequests(3))
        const done: string[] = []
        let releases = 0
        while (!(await queue.isFinished())) {
          const request = await queue.fetch()
          if (request !== null) {
            await queue.markHandled(request)
            done.push(request.uniqueKey)
            continue
          }
          assert.deepEqual([await queue.isEmpty(), await queue.isFinished()], [true, false])
          assert.ok(++releases <= 3, `waits after ${done}`)
          await release(scene, scene.queueId, 'example.com')
        }
        assert.deepEqual(done, ['1', '2', '3'])
        assert.ok(releases > 0)
      })
    }
  })

  describe(`Python SDK on ${dialect.name}, one consumer, loses nothing`, () => {
    for (const { why, begin } of heldBack) {
      clientTest(`where others would wait because ${why}`, async (scene) => {
        const queue = new PythonSingleQueue(queueOf(scene))
        await begin(scene, scene.queueId, 'example.com')
        // Another producer has added some, which the consumer finds in the head.
        const userData = { headlock: { delaySecs } }
        await queueOf(scene).batchAddRequests(pythonRequests(30))
        await queue.add([...pythonRequests(30), ...pythonRequests(32, { userData }).slice(30)])
        const done: string[] = []
        for (let request = await queue.fetch(); request !== null; request = await queue.fetch()) {
          await handleOrFailOnce(queue, request, done)
        }
        assert.equal(await queue.isEmpty(), true)
        const expected = pythonRequests(32).map(({ uniqueKey }) => uniqueKey)
        assert.deepEqual([...done].sort(), [...expected].sort())
        const counts = { total: 32, handled: 32, pending: 0 }
        assert.deepEqual(await countsOf(scene.apify.requestQueue(scene.queueId)), counts)
      })
    }
  })
}

/** Every fifth request fails the first time. */
async function handleOrFailOnce(
  queue: PythonSingleQueue,
  request: PythonRequest,
  done: string[],
): Promise<void> {
  if (Number(request.uniqueKey) % 5 === 0 && request['retryCount'] === 0) {
    await queue.reclaim({ ...request, retryCount: 1 })
    return
  }
  await queue.markHandled(request)
  done.push(request.uniqueKey)
}

function put(scene: ClientScene, queueId: string, policy: object): Promise<void> {
  return call(scene, 'PUT', `${queueId}/policy`, policy)
}

async function call({ url, token }: ClientScene, method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${url}/headlock/v1/queues/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(answer.status, 200, await answer.text())
}

/** Three pages of one host. */
async function withSite(body: (urls: readonly string[]) => Promise<void>): Promise<void> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<title>Page</title>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = site.address() as AddressInfo
    await body([1, 2, 3].map((number) => `http://127.0.0.1:${port}/${number}`))
  } finally {
    site.closeAllConnections()
    site.close()
  }
}
