import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Load } from '../../bench/load/load.ts'
import type { LoadOptions, WorkloadName } from '../../bench/load/messages.ts'
import { urlOf } from '../../bench/load/requests.ts'
import { SqliteRound } from '../../bench/rounds/sqlite-round.ts'

const brief = { warmUpMs: 50, measureMs: 200 }

/** A server that notes which URLs are added, and answers each with this status. */
async function addedBy(t: TestContext, status = 201) {
  const added: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    added.push(JSON.parse(Buffer.concat(chunks).toString()).url)
    response.writeHead(status, { 'Content-Length': 2 }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { added, port: (server.address() as AddressInfo).port }
}

function adds(port: number): LoadOptions {
  return {
    ...brief,
    workload: 'single-add',
    target: { ports: [port], token: 'token', queueId: 'abcdefghijklmnopq' },
    connections: 8,
    clients: 8,
    callsPerSecond: null,
    known: { first: 0, count: 0 },
    markEvery: null,
    firstNewNumber: 1000,
  }
}

async function load(t: TestContext): Promise<Load> {
  const started = new Load()
  t.after(() => started.stop())
  return started
}

describe('load', () => {
  for (const processes of [1, 3]) {
    test(`adds each number once, from ${processes} processes`, async (t) => {
      const { added, port } = await addedBy(t)
      const told: string[] = []
      const result = await (await load(t)).run(adds(port), processes, {
        begun: () => told.push('begun'),
        ended: () => told.push('ended'),
      })
      assert.equal(new Set(added).size, added.length)
      assert.ok(added.length >= result.calls)
      const expected = Array.from({ length: result.newNumbersInRow - 1000 }, (_, index) =>
        urlOf(1000 + index),
      )
      assert.ok(expected.length > 0)
      assert.ok(expected.every((url) => added.includes(url)))
      assert.deepEqual(told, ['begun', 'ended'])
    })
  }

  test('keeps to a pace', async (t) => {
    const { added, port } = await addedBy(t)
    const result = await (await load(t)).run({ ...adds(port), callsPerSecond: 100 }, 1)
    // 50 ms of warm-up and 200 ms at 100 calls a second are 25 turns, and never more.
    assert.ok(added.length <= 26 && result.calls <= 21, `${added.length} ${result.calls}`)
  })

  test('fails when a call is refused, and says with what', async (t) => {
    const { port } = await addedBy(t, 429)
    await assert.rejects((await load(t)).run(adds(port), 1), /Expected status 201, got 429: \{\}/)
  })

  test('fails when nothing listens', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    await assert.rejects((await load(t)).run(adds(port), 1), /ECONNREFUSED/)
  })
})

describe('workloads on a server', () => {
  test('each does what its name says, from one process and from several', async (t) => {
    const round = new SqliteRound([])
    t.after(() => round.close())
    const queue = await round.newQueue()
    const { ports, token } = queue
    const counts = async (queueId: string) => {
      const address = `http://127.0.0.1:${ports[0]}/v2/request-queues/${queueId}`
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
      const { data } = (await answer.json()) as { data: Record<string, number> }
      return { total: data['totalRequestCount']!, handled: data['handledRequestCount']! }
    }
    const known = await round.preload(queue, 200)
    const before = await counts(queue.queueId)
    assert.ok(before.total >= known.count)

    const marked = await round.measure(
      'mark-handled',
      queue,
      { warmUpMs: 0, measureMs: null, known: { ...known, count: 100 } },
      2,
    )
    assert.equal(marked.load.requests, 100)
    assert.deepEqual(await counts(queue.queueId), { total: before.total, handled: 100 })

    const drain = { warmUpMs: 0, measureMs: null, connections: 16, clients: 4 }
    const drained = await round.measure('drain', queue, drain, 2)
    assert.equal(drained.load.requests, before.total - 100)
    assert.deepEqual(await counts(queue.queueId), { total: before.total, handled: before.total })

    const site = await round.newQueue()
    const pages = await round.preload(site, 1000)
    const atStart = await counts(site.queueId)
    /** Takes it again on a machine that is so busy that nothing came of it. */
    const some = async (workload: WorkloadName, tries = 5): Promise<number> => {
      try {
        const { load } = await round.measure(workload, site, { ...brief, known: pages })
        if (load.requests > 0) return load.requests
      } catch (error) {
        if (tries === 1 || !/warm-up was over/.test(String(error))) throw error
      }
      return some(workload, tries - 1)
    }
    const crawled = await some('crawl-cycle')
    const atEnd = await counts(site.queueId)
    assert.ok(atEnd.handled >= crawled)
    assert.equal((atEnd.total - atStart.total) % 5, 0)

    for (const workload of ['get-request', 'prolong', 'single-add-half-known', 'batch-add'] as const) {
      assert.ok((await some(workload)) > 0, workload)
    }

    const locked = await round.newQueue()
    const { count } = await round.preload(locked, 200)
    const { load: lock } = await round.measure('lock-head', locked, { warmUpMs: 0, measureMs: null }, 2)
    assert.equal(lock.requests, count)
  })
})
