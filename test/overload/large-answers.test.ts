import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ServerUnderTest } from '../../harness/fuzz/server-under-test.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'

const heapMegabytes = 256
const largeCount = 4
const atOnce = 20
/** With what belongs around it, below the limit of a body. */
const large = 'x'.repeat(9_000_000)

/** A server with a queue whose requests are as large as they can be: some have a payload, some a long URL. */
async function startServer(t: { after(step: () => Promise<void>): void }) {
  const server = await ServerUnderTest.start({ nodeFlags: [`--max-old-space-size=${heapMegabytes}`] })
  t.after(() => server.kill())
  const call = async (method: string, path: string, body?: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    const bytes = (await response.arrayBuffer()).byteLength
    return { status: response.status, bytes }
  }
  for (const name of ['payloads', 'urls', 'locks']) {
    await call('POST', `/v2/request-queues?name=${name}`)
    const long = name === 'payloads' ? { payload: large } : { url: `https://example.com/${large}` }
    for (let index = 0; index < largeCount; index++) {
      const request = { url: 'https://example.com/', uniqueKey: String(index), ...long }
      const added = await call('POST', `/v2/request-queues/~${name}/requests`, JSON.stringify(request))
      assert.equal(added.status, 201)
    }
  }
  return { server, call }
}

test('answers of many megabytes, asked for by many at once, do not end the server', async (t) => {
  const { server, call } = await startServer(t)
  const locked = await call('POST', '/v2/request-queues/~payloads/head/lock?lockSecs=600&limit=25')
  assert.equal(locked.status, 200)
  const calls: [method: string, path: string][] = [
    ['GET', '/console/queues/~payloads'],
    ['GET', '/console/queues/~urls'],
    ['GET', '/v2/request-queues/~payloads/requests'],
    ['GET', '/v2/request-queues/~payloads/requests?filter=locked'],
    ['GET', `/v2/request-queues/~payloads/requests/${requestIdOf('1')}`],
    ['GET', '/v2/request-queues/~urls/head'],
    ['POST', '/v2/request-queues/~locks/head/lock?lockSecs=0.001'],
  ]
  for (const [method, path] of calls) {
    const answers = await Promise.all(Array.from({ length: atOnce }, () => call(method, path)))
    assert.equal(server.exit, null, `${method} ${path} ended it: ${server.errors.slice(0, 500)}`)
    const statuses = answers.map(({ status }) => status)
    assert.ok(statuses.includes(200), `${method} ${path}: ${statuses}`)
    assert.ok(
      statuses.every((status) => status === 200 || status === 503),
      `${method} ${path}: ${statuses}`,
    )
    if (path.startsWith('/console')) assert.ok(answers.every(({ bytes }) => bytes < 65_536))
  }
  // All of them are still there for one that asks alone.
  const seen = await call('GET', '/v2/request-queues/~urls/head')
  assert.equal(seen.status, 200)
  assert.ok(seen.bytes > large.length)
})

test('a list of queues whose titles an older version took does not end the server', async (t) => {
  const server = await ServerUnderTest.start({ nodeFlags: [`--max-old-space-size=${heapMegabytes}`] })
  t.after(() => server.kill())
  const db = new DatabaseSync(join(server.directory, databaseName), { timeout: 30_000 })
  db.exec('BEGIN IMMEDIATE')
  for (let queue = 0; queue < 20; queue++) {
    db.prepare(`
      INSERT INTO queues (id, owner_id, title, created_at, modified_at, accessed_at, total_count, handled_count, last_ticket,
        had_multiple_clients, write_count, read_count, delete_count, head_item_read_count, storage_bytes)
      SELECT ?, id, ?, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM users`).run(
      `queue${queue}`.padEnd(17, 'x'),
      large,
    )
  }
  db.exec('COMMIT')
  db.close()
  const list = async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/v2/request-queues?unnamed=1`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    const { data } = (await response.json()) as { data: { items: { title: string }[] } }
    return data.items.map(({ title }) => title.length)
  }
  for (const lengths of await Promise.all(Array.from({ length: 12 }, list))) {
    assert.deepEqual(lengths, Array(20).fill(200))
  }
  assert.equal(server.exit, null)
})
