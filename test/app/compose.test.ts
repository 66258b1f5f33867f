import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { parseStore } from '../../src/app/config/store-choice.ts'
import { createServer, ManualClock, type RunningServer } from '../../src/index.ts'

const settings = { port: 0, logLevel: 'silent' } as const

describe('a server inside another program', () => {
  test('starts, answers and closes', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const server = await createServer({ ...settings, dataDirectory })
    assert.equal((await fetch(`${server.url}/ready`)).status, 200)
    assert.match(server.firstStart?.token ?? '', /^headlock_/)
    assert.equal(server.config.dataDirectory, dataDirectory)
    await server.close()
    await server.close()
    await assert.rejects(fetch(`${server.url}/health`))
  })

  test('leaves nothing open when it cannot start', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const first = await createServer({ ...settings, dataDirectory })
    const port = Number(new URL(first.url).port)
    const otherDirectory = await temporaryDirectory(t)
    await assert.rejects(createServer({ ...settings, port, dataDirectory: otherDirectory }), /is in use/)
    // The directory is free again, and its first token is still to be made.
    const second = await createServer({ ...settings, dataDirectory: otherDirectory })
    assert.notEqual(second.firstStart, null)
    await Promise.all([first.close(), second.close()])
  })

  test('takes no token that is easy to guess', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const token = 'changeme-changeme-changeme'
    await assert.rejects(createServer({ ...settings, dataDirectory, token }), {
      name: 'ConfigError',
      message: /^HEADLOCK_TOKEN was given a value of 26 characters that is a placeholder, /,
    })
    assert.deepEqual(await readdir(dataDirectory), [])
  })

  for (const [wrong, message] of [
    [{ threads: 0 }, /^HEADLOCK_THREADS was given "0"\. Allowed is /],
    [{ threads: 1.5 }, /^HEADLOCK_THREADS was given "1\.5"\./],
    [{ port: 70_000 }, /^HEADLOCK_PORT was given "70000"\./],
    [{ publicUrl: 'nonsense' }, /^HEADLOCK_PUBLIC_URL was given "nonsense"\./],
    [{ username: '' }, /^HEADLOCK_USERNAME was given ""\./],
    [{ storeConnections: 0 }, /^HEADLOCK_STORE_CONNECTIONS was given "0"\./],
    [{ retentionMs: -1 }, /^HEADLOCK_RETENTION_DAYS was given "-0\.0+\d+"\. Allowed is a number above 0/],
    [{ host: '', threads: Number.NaN }, /^HEADLOCK_HOST was given "".*\nHEADLOCK_THREADS was given "NaN"/s],
  ] as const) {
    test(`does not start with ${JSON.stringify(wrong)}, and creates nothing`, async (t) => {
      const dataDirectory = await temporaryDirectory(t)
      await assert.rejects(createServer({ ...settings, dataDirectory, ...wrong }), {
        name: 'ConfigError',
        message,
      })
      assert.deepEqual(await readdir(dataDirectory), [])
    })
  }

  test('runs several times in one process', async (t) => {
    const servers = await Promise.all(
      Array.from({ length: 3 }, async () =>
        createServer({ ...settings, dataDirectory: await temporaryDirectory(t) }),
      ),
    )
    assert.equal(new Set(servers.map((server) => server.url)).size, 3)
    await Promise.all(servers.map((server) => server.close()))
  })

  for (const [kind, threads] of [
    ['sqlite', 1],
    ['sqlite', 2],
    ['postgres', 1],
    ['postgres', 2],
  ] as const) {
    test(`reads the figures of all of its ${threads} threads, on ${kind}`, async (t) => {
      const dataDirectory = await temporaryDirectory(t)
      const store = parseStore(kind === 'sqlite' ? kind : await temporaryDatabase(t))!
      const server = await createServer({ ...settings, dataDirectory, store, threads })
      const before = countsOf(server)
      const queues = `${server.url}/v2/request-queues?token=${server.firstStart?.token}`
      for (let count = 0; count < 8; count++) {
        // A connection each: the system spreads them over the threads.
        const headers = { connection: 'close' }
        assert.equal((await fetch(queues, { method: 'POST', headers })).status, 201)
        assert.equal((await fetch(`${server.url}/v2/nothing`, { headers })).status, 404)
      }
      await server.close()
      const after = countsOf(server)
      const counted = (name: string) => (after[name] ?? 0) - (before[name] ?? 0)
      assert.equal(counted('POST /v2/request-queues 2xx'), 8)
      assert.equal(counted('any none 4xx'), 8)
      assert.equal(counted('refusals 404'), 8)
      if (kind === 'sqlite') assert.ok(after['commitMs']! - before['commitMs']! >= 1)
      await server.close()
    })
  }

  for (const kind of ['sqlite', 'postgres']) {
    test(`uses the given clock, on ${kind}`, async (t) => {
      const clock = new ManualClock(Date.UTC(2031, 4, 1))
      const dataDirectory = await temporaryDirectory(t)
      const store = parseStore(kind === 'sqlite' ? kind : await temporaryDatabase(t))!
      const server = await createServer({ ...settings, dataDirectory, store }, { clock })
      const answer = await fetch(`${server.url}/v2/request-queues?token=${server.firstStart?.token}`, {
        method: 'POST',
      })
      const { data } = (await answer.json()) as { data: { createdAt: string } }
      assert.equal(data.createdAt, '2031-05-01T00:00:00.000Z')
      await server.close()
    })
  }

  test('expires unnamed queues by its retention', async (t) => {
    const clock = new ManualClock()
    const dataDirectory = await temporaryDirectory(t)
    const retentionMs = 60_000
    const server = await createServer({ ...settings, dataDirectory, retentionMs }, { clock })
    const access = `?token=${server.firstStart?.token}`
    const made = await fetch(`${server.url}/v2/request-queues${access}`, { method: 'POST' })
    const { data } = (await made.json()) as { data: { id: string } }
    const status = async () => (await fetch(`${server.url}/v2/request-queues/${data.id}${access}`)).status

    await server.upkeep.tidy()
    assert.equal(await status(), 200)
    clock.advance(retentionMs)
    await server.upkeep.tidy()
    assert.equal(await status(), 404)
    await server.close()
  })
})

/** Calls by their route and the class of their status, refusals by status, and how many values other histograms have. */
function countsOf(server: RunningServer): Record<string, number> {
  return Object.fromEntries(
    server.figures().map((figure) => {
      const labels = Object.values(figure.labels).join(' ')
      if (figure.kind !== 'histogram') return [`${figure.name} ${labels}`, figure.value]
      const count = figure.counts.reduce((sum, each) => sum + each, 0)
      return [figure.name === 'callMs' ? labels : figure.name, count]
    }),
  )
}
