import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { pino } from 'pino'
import { openTemporaryPostgresStore, openTemporarySqliteStore } from '../../harness/stores.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { limits } from '../../src/domain/limits.ts'
import { tokenHashOf } from '../../src/domain/token.ts'
import { Admission, type AdmissionLimits } from '../../src/http/overload/admission.ts'
import { shortAnswerBytesMax } from '../../src/http/overload/answer-size.ts'
import { buildServer } from '../../src/http/server.ts'
import type { Store } from '../../src/store/store.ts'

const token = 'a-token-of-the-tests'
const control = '\u0001'

/** The paths of all routes that answer a GET, or another method without a body, as the router has them. */
async function routesOf(store: Store): Promise<{ method: string; path: string }[]> {
  const app = await serverOf(store)
  const routes: { method: string; path: string }[] = []
  let path: string[] = []
  // Each line is a part of a path below that of the line before which is less indented.
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, part, methods] = /^([│├└─ ]*)(\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? []
    if (part === undefined) continue
    path = [...path.slice(0, indent!.length / 4 - 1), part]
    for (const method of methods?.split(', ') ?? []) routes.push({ method, path: path.join('') })
  }
  await app.close()
  return routes
}

function serverOf(store: Store, admission?: AdmissionLimits) {
  return buildServer({
    store,
    options: {
      rateLimits: 'off',
      publicUrl: null,
      version: '0.0.0',
      now: () => performance.now(),
      admission,
    },
    logger: pino({ level: 'silent' }),
  })
}

/** A queue in which all is as long as it can be, and many like it. */
async function fill(store: Store): Promise<{ queueId: string; requestIds: string[] }> {
  const { id: userId } = await store.ensureUser({ username: 'tester' })
  const traits = { label: null, runId: null, readOnly: false }
  await store.createToken({ userId, tokenHash: tokenHashOf(token), ...traits })
  let queueId = ''
  for (let queue = 0; queue < 100; queue++) {
    const made = await store.getOrCreateQueue({
      userId,
      name: `q${queue}`.padEnd(limits.queueNameLengthMax, 'x'),
    })
    queueId = made.queue.id
    const title = control.repeat(limits.queueTitleLengthMax)
    await store.updateQueue({ userId, queue: { queueId }, title, generalAccess: 'ANYONE_WITH_NAME_CAN_READ' })
  }
  const client = { clientKey: '"'.repeat(limits.clientKeyLengthMax), runId: null }
  const requestIds: string[] = []
  const add = async (uniqueKey: string, url: string, otherFields: string) => {
    const id = requestIdOf(uniqueKey)
    const request = { id, uniqueKey, url, method: 'GET', retryCount: 0, handledAt: null, otherFields }
    await store.addRequests({ userId, queue: { queueId }, client, side: 'end', requests: [request] })
    requestIds.push(id)
  }
  const url = 'https://example.com/'
  for (let index = 0; index < 300; index++) {
    await add(`${index}`.padEnd(420, control), `${url}${index}`, '')
  }
  await add('long', url, `"userData":{"a":"${'x'.repeat(1_000_000)}"}`)
  for (let index = 0; index < 60; index++) await add(`${index}${control.repeat(20_000)}`, url, '')
  for (let index = 0; index < 60; index++)
    await add(`url ${index}`, `${url}${index}${'x'.repeat(20_000)}`, '')
  await store.lockHead({ userId, queue: { queueId }, client, limit: 25, lockMs: 60_000 })
  await store.lockHead({ userId, queue: { queueId }, client, limit: 25, lockMs: 60_000 })
  return { queueId, requestIds }
}

/** The most that a list gives at a time. */
function limitMaxOf(path: string): number {
  if (path === '/headlock/v1/queues') return 100
  return path.startsWith('/headlock/') ? 1000 : 10_000
}

/** How long the first part of an endless answer is. */
async function firstBytesOf({ body }: Response): Promise<number> {
  const reader = body!.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return value?.byteLength ?? 0
}

async function walk(store: Store): Promise<void> {
  const { queueId, requestIds } = await fill(store)
  const routes = await routesOf(store)
  // Nothing large may be in memory at all: what is counted is refused.
  const app = await serverOf(store, { callsMax: 100, largeBytesMax: 0 })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const refused: string[] = []
  const call = async (method: string, path: string) => {
    const query = path.endsWith('/lock') ? 'lockSecs=10&clientKey=looker' : `limit=${limitMaxOf(path)}`
    const headers = { authorization: `Bearer ${token}` }
    let answer = await fetch(`${url}${path}?${query}`, { method, headers })
    // A call of ours that takes no limit refuses it.
    if (answer.status === 400 && path.startsWith('/headlock/')) {
      await answer.arrayBuffer()
      answer = await fetch(`${url}${path}`, { method, headers })
    }
    const { status } = answer
    const byteLength = path.endsWith('/events')
      ? await firstBytesOf(answer)
      : (await answer.arrayBuffer()).byteLength
    const what = `${method} ${path} answers ${status} with ${byteLength} bytes`
    assert.ok(byteLength <= shortAnswerBytesMax, what)
    assert.ok(status < 500 || status === 503, what)
    if (method === 'GET') assert.notEqual(status, 400, what)
    if (status === 503) refused.push(`${method} ${path.replaceAll(queueId, ':queueId')}`)
  }
  for (const { method, path } of routes) {
    // Would take away what the others look at; none of them answers anything.
    if (method === 'DELETE') continue
    const ofQueue = path.replace(':queueId', queueId)
    const some = requestIds.filter((_, index) => index % 20 === 0 || index === 300)
    const paths = path.includes(':requestId')
      ? some.map((id) => ofQueue.replace(':requestId', id))
      : [ofQueue]
    for (const each of paths) await call(method, each)
  }
  // Short ones are handed out first; then come those that are long.
  for (let lock = 0; lock < 12; lock++) await call('POST', `/v2/request-queues/${queueId}/head/lock`)
  for (const path of [
    'GET /docs',
    'GET /openapi.json',
    'GET /console/queues/:queueId',
    'GET /v2/request-queues',
  ]) {
    assert.ok(refused.includes(path), `${path} is not counted: ${refused}`)
  }
  assert.ok(refused.includes('GET /v2/request-queues/:queueId/head'))
  assert.ok(refused.includes('GET /v2/request-queues/:queueId/requests'))
  assert.ok(refused.includes(`GET /v2/request-queues/:queueId/requests/${requestIdOf('long')}`))
  assert.ok(refused.includes('POST /v2/request-queues/:queueId/head/lock'))
  await app.close()
  // A refusal gave back what was locked.
  const { items } = await store.lockHead({
    userId: (await store.ensureUser({ username: 'tester' })).id,
    queue: { queueId },
    client: { clientKey: 'next', runId: null },
    limit: 25,
    lockMs: 1000,
  })
  assert.equal(items.length, 25)
  assert.deepEqual(await store.check(), [])
}

for (const [name, open] of [
  ['SQLite', openTemporarySqliteStore],
  ['PostgreSQL', openTemporaryPostgresStore],
] as const) {
  test(`every route answers with less than 64 KB, or is counted by admission (${name})`, async () => {
    const { store, discard } = await open()
    try {
      await walk(store)
    } finally {
      await discard()
    }
  })
}

test('a route that does not say how long its answers are cannot be added', () => {
  const app = fastify()
  new Admission(pino({ level: 'silent' }), () => 0).addTo(app)
  assert.throws(
    () => app.get('/forgotten', async () => 'x'),
    /the route GET \/forgotten has to say its answerBytesMax/,
  )
})
