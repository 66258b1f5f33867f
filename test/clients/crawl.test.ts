/** A crawl as in the README: Crawlee's `CheerioCrawler` over a small local site, its queue on the server. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe } from 'node:test'
import { CheerioCrawler } from '@crawlee/cheerio'
import { startCrawlee } from '../../harness/clients/crawlee.ts'
import { type ClientScene, clientTest, collect, countsOf } from '../../harness/clients.ts'

const pageCount = 40

describe('a crawl with CheerioCrawler', () => {
  clientTest('visits each page of a site once', async (scene) => {
    await withSite(async (site) => {
      const visited: string[] = []
      const crawler = await startCrawler(scene, visited)
      await crawler.run([site.url])
      assert.deepEqual(visited.sort(), site.paths)
      assert.deepEqual(await sharedCounts(scene), { total: pageCount, handled: pageCount, pending: 0 })
    })
  })

  clientTest('two crawlers share the pages, none is visited twice', async (scene) => {
    await withSite(async (site) => {
      const visited: string[] = []
      const crawlers = [await startCrawler(scene, visited), await startCrawler(scene, visited)]
      await Promise.all(crawlers.map((crawler) => crawler.run([site.url])))
      assert.deepEqual(visited.sort(), site.paths)
      assert.deepEqual(await sharedCounts(scene), { total: pageCount, handled: pageCount, pending: 0 })
    })
  })

  clientTest('a page that fails is tried again, and its retries are kept', async (scene) => {
    await withSite(async (site) => {
      site.failing.set('/7', 2)
      const visited: string[] = []
      const crawler = await startCrawler(scene, visited)
      await crawler.run([site.url])
      assert.deepEqual(visited.sort(), site.paths)
      const requests = await collect(scene.apify.requestQueue('~shared').listRequests())
      const retried = requests.filter((request) => request.retryCount! > 0)
      assert.deepEqual(
        retried.map((request) => [
          new URL(request.url).pathname,
          request.retryCount,
          request.errorMessages?.length,
        ]),
        [['/7', 2, 2]],
      )
    })
  })

  clientTest('ends only when the pages that ask for a delay are visited too', async (scene) => {
    await withSite(async (site) => {
      const { origin } = new URL(site.url)
      const { config, queue } = await startCrawlee(scene, 'shared')
      const delaySecs = 300
      const later = [1, 2, 3].map((number) => {
        return { url: `${origin}/${number}`, userData: { headlock: { delaySecs }, number } }
      })
      const visited: string[] = []
      // Crawlee asks for more while it waits. The time comes after a few questions.
      let waits = 0
      const crawler = new CheerioCrawler(
        {
          requestQueue: queue,
          async requestHandler({ request }) {
            visited.push(new URL(request.url).pathname)
            // Handed out once, and kept as it was sent.
            const { number, headlock } = request.userData
            if (number !== undefined) assert.deepEqual(headlock, { delaySecs })
          },
          autoscaledPoolOptions: {
            maybeRunIntervalSecs: 0.02,
            isFinishedFunction: async () => {
              const isFinished = await queue.isFinished()
              if (!isFinished && visited.length === 1 && ++waits === 3) scene.clock.advance(delaySecs * 1000)
              return isFinished
            },
          },
        },
        config,
      )
      await crawler.run([...later, `${origin}/0`])
      assert.deepEqual(visited.sort(), ['/0', '/1', '/2', '/3'])
      assert.equal(waits, 3)
      assert.deepEqual(await sharedCounts(scene), { total: 4, handled: 4, pending: 0 })
    })
  })

  clientTest('a page that fails is tried again after the delay it asks for', async (scene) => {
    await withSite(async (site) => {
      const { origin } = new URL(site.url)
      const { config, queue } = await startCrawlee(scene, 'shared')
      const attempts: number[] = []
      let waits = 0
      const crawler = new CheerioCrawler(
        {
          requestQueue: queue,
          async requestHandler({ request }) {
            attempts.push(request.retryCount)
            if (attempts.length > 1) return
            request.userData['headlock'] = { delaySecs: 300 }
            throw new Error('not yet')
          },
          autoscaledPoolOptions: {
            maybeRunIntervalSecs: 0.02,
            isFinishedFunction: async () => {
              const isFinished = await queue.isFinished()
              if (!isFinished && attempts.length === 1 && ++waits === 3) scene.clock.advance(300_000)
              return isFinished
            },
          },
        },
        config,
      )
      await crawler.run([`${origin}/1`])
      assert.deepEqual(attempts, [0, 1])
      assert.equal(waits, 3)
      assert.deepEqual(await sharedCounts(scene), { total: 1, handled: 1, pending: 0 })
    })
  })

  clientTest('a URL with white space around it is visited like the others', async (scene) => {
    await withSite(async (site) => {
      const { origin } = new URL(site.url)
      const visited: string[] = []
      const { config, queue } = await startCrawlee(scene, 'shared')
      const crawler = new CheerioCrawler(
        {
          requestQueue: queue,
          async requestHandler({ request }) {
            visited.push(new URL(request.url).pathname)
          },
        },
        config,
      )
      await crawler.run([`${origin}/1`, ` ${origin}/2`, `${origin}/3`])
      assert.deepEqual(visited.sort(), ['/1', '/2', '/3'])
      assert.deepEqual(await sharedCounts(scene), { total: 3, handled: 3, pending: 0 })
    })
  })

  clientTest(
    'a page whose handler throws an error without a stack is given up like others',
    async (scene) => {
      await withSite(async (site) => {
        const { config, queue } = await startCrawlee(scene, 'shared')
        // Crawlee notes the stack of an error, and JSON makes null of none.
        const error = Object.defineProperty(new Error('failed'), 'stack', { value: undefined })
        const crawler = new CheerioCrawler(
          {
            requestQueue: queue,
            async requestHandler() {
              throw error
            },
            maxRequestRetries: 1,
          },
          config,
        )
        await crawler.run([site.url])
        const [request] = await collect(scene.apify.requestQueue('~shared').listRequests())
        assert.deepEqual(request?.errorMessages, ['null', 'null'])
        assert.deepEqual(await sharedCounts(scene), { total: 1, handled: 1, pending: 0 })
      })
    },
  )

  clientTest('a crawl that was stopped goes on where it was', async (scene) => {
    await withSite(async (site) => {
      const visited: string[] = []
      const first = await startCrawler(scene, visited, 10)
      await first.run([site.url])
      assert.ok(visited.length >= 10 && visited.length < pageCount)
      // What it had locked beside that is free again after its locks.
      scene.clock.advance(600_000)
      const second = await startCrawler(scene, visited)
      await second.run([])
      assert.deepEqual(visited.sort(), site.paths)
      assert.deepEqual(await sharedCounts(scene), { total: pageCount, handled: pageCount, pending: 0 })
    })
  })
})

interface Site {
  readonly url: string
  /** Of all pages, sorted. */
  readonly paths: string[]
  /** How many times a path still answers with an error. */
  readonly failing: Map<string, number>
}

/**
 * A process with one crawler on the queue `shared`. It notes the path of each page it has read, and stops
 * when so many are noted.
 */
async function startCrawler(
  scene: ClientScene,
  visited: string[],
  stopAt = Number.POSITIVE_INFINITY,
): Promise<CheerioCrawler> {
  const { config, queue } = await startCrawlee(scene, 'shared')
  return new CheerioCrawler(
    {
      requestQueue: queue,
      async requestHandler({ request, $, enqueueLinks, crawler }) {
        assert.equal($('h1').text(), new URL(request.url).pathname)
        await enqueueLinks()
        visited.push(new URL(request.url).pathname)
        if (visited.length === stopAt) crawler.stop()
      },
      maxConcurrency: 5,
      autoscaledPoolOptions: { maybeRunIntervalSecs: 0.02, desiredConcurrency: 5 },
    },
    config,
  )
}

/** Pages that link to each other in many ways, so that most links lead to a page that is known already. */
async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  const failing = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url!
    const number = Number(path.slice(1))
    const failures = failing.get(path) ?? 0
    if (failures > 0) failing.set(path, failures - 1)
    response.statusCode = failures > 0 ? 500 : 200
    const links = [number + 1, number * 2, number * 3, number + 17, 0].map((to) => `/${to % pageCount}`)
    const anchors = links.map((to) => `<a href="${to}">${to}</a>`)
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Page</title><h1>${path}</h1>${anchors.join(' ')}`)
  })
  await listening(server)
  try {
    const { port } = server.address() as AddressInfo
    const paths = Array.from({ length: pageCount }, (_, number) => `/${number}`).sort()
    await body({ url: `http://127.0.0.1:${port}/0`, paths, failing })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
}

function sharedCounts(scene: ClientScene): ReturnType<typeof countsOf> {
  return countsOf(scene.apify.requestQueue('~shared'))
}
