import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { assertFailure, httpTest } from '../../harness/http/caller.ts'
import type { OpenApi } from '../../src/http/api/openapi.ts'

/** The operations of the API that this server is compatible with, by name (ID, method and path). */
const operations: Record<string, string> = {
  requestQueues_get: 'GET /v2/request-queues',
  requestQueues_post: 'POST /v2/request-queues',
  requestQueue_get: 'GET /v2/request-queues/{queueId}',
  requestQueue_put: 'PUT /v2/request-queues/{queueId}',
  requestQueue_delete: 'DELETE /v2/request-queues/{queueId}',
  requestQueue_head_get: 'GET /v2/request-queues/{queueId}/head',
  requestQueue_head_lock_post: 'POST /v2/request-queues/{queueId}/head/lock',
  requestQueue_requests_get: 'GET /v2/request-queues/{queueId}/requests',
  requestQueue_requests_post: 'POST /v2/request-queues/{queueId}/requests',
  requestQueue_requests_batch_post: 'POST /v2/request-queues/{queueId}/requests/batch',
  requestQueue_requests_batch_delete: 'DELETE /v2/request-queues/{queueId}/requests/batch',
  requestQueue_requests_unlock_post: 'POST /v2/request-queues/{queueId}/requests/unlock',
  requestQueue_request_get: 'GET /v2/request-queues/{queueId}/requests/{requestId}',
  requestQueue_request_put: 'PUT /v2/request-queues/{queueId}/requests/{requestId}',
  requestQueue_request_delete: 'DELETE /v2/request-queues/{queueId}/requests/{requestId}',
  requestQueue_request_lock_put: 'PUT /v2/request-queues/{queueId}/requests/{requestId}/lock',
  requestQueue_request_lock_delete: 'DELETE /v2/request-queues/{queueId}/requests/{requestId}/lock',
  queue_inspect: 'GET /headlock/v1/queues/{queueId}',
  policy_get: 'GET /headlock/v1/queues/{queueId}/policy',
  policy_put: 'PUT /headlock/v1/queues/{queueId}/policy',
  policy_delete: 'DELETE /headlock/v1/queues/{queueId}/policy',
  cooldown_post: 'POST /headlock/v1/queues/{queueId}/hosts/{group}/cooldown',
  cooldown_delete: 'DELETE /headlock/v1/queues/{queueId}/hosts/{group}/cooldown',
  queues_get: 'GET /headlock/v1/queues',
  events_get: 'GET /headlock/v1/events',
  queueEvents_get: 'GET /headlock/v1/queues/{queueId}/events',
  queueFigures_get: 'GET /headlock/v1/queues/{queueId}/figures',
  requestHistory_get: 'GET /headlock/v1/queues/{queueId}/requests/{requestId}/history',
  request_inspect: 'GET /headlock/v1/queues/{queueId}/requests/{requestId}',
  requests_find: 'GET /headlock/v1/queues/{queueId}/requests',
  failures_get: 'GET /headlock/v1/queues/{queueId}/failures',
  clients_get: 'GET /headlock/v1/queues/{queueId}/clients',
  hosts_get: 'GET /headlock/v1/queues/{queueId}/hosts',
  explain_get: 'GET /headlock/v1/queues/{queueId}/explain',
  actions_post: 'POST /headlock/v1/queues/{queueId}/actions',
  fork_post: 'POST /headlock/v1/queues/{queueId}/fork',
  jobs_get: 'GET /headlock/v1/jobs',
  job_get: 'GET /headlock/v1/jobs/{jobId}',
  job_delete: 'DELETE /headlock/v1/jobs/{jobId}',
  users_me_get: 'GET /v2/users/me',
  session_get: 'GET /headlock/v1/session',
  session_post: 'POST /headlock/v1/session',
  session_delete: 'DELETE /headlock/v1/session',
  server_get: 'GET /headlock/v1/server',
  serverFigures_get: 'GET /headlock/v1/server/figures',
  serverEvents_get: 'GET /headlock/v1/server/events',
  metrics_get: 'GET /metrics',
  health_get: 'GET /health',
  ready_get: 'GET /ready',
}

httpTest(
  '/openapi.json describes every operation, its parameters, bodies, answers and errors',
  async (api) => {
    const { status, body } = await api.get('/openapi.json')
    assert.equal(status, 200)
    const description = body as OpenApi & { openapi: string }
    assert.equal(description.openapi, '3.1.0')
    assert.deepEqual([description.info.title, description.info.version], ['Headlock', '0.0.0'])
    const described: Record<string, string> = {}
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        described[operation.operationId] = `${method.toUpperCase()} ${path}`
        assert.ok(operation.summary && operation.description, operation.operationId)
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
        const inPath = operation.parameters
          ?.filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name)
        assert.deepEqual(inPath ?? [], named)
        const expected = operation.security ? [] : ['400', '401', '403', '405', '429', '500', '503']
        if (path.includes('{')) expected.push('404')
        if (operation.requestBody) {
          expected.push('413', '415')
          // Generated clients must not want one where the official client sends none.
          const isOptional = ['requestQueues_post', 'cooldown_post'].includes(operation.operationId)
          assert.equal(operation.requestBody.required, !isOptional, operation.operationId)
        }
        for (const each of expected)
          assert.ok(each in operation.responses, `${operation.operationId} ${each}`)
      }
    }
    assert.deepEqual(described, operations)
    assert.doesNotMatch(JSON.stringify(body), /~kind|~refine|\$id|"def-0"/)
  },
)

httpTest('/openapi.json says what the name of a queue may be, as the server decides it', async (api) => {
  const { body } = await api.get('/openapi.json')
  const { parameters } = body.paths['/v2/request-queues'].post
  const { schema } = parameters.find(({ name }: { name: string }) => name === 'name')
  assert.deepEqual([schema.minLength, schema.maxLength], [1, 63])
  const isAllowed = (name: string) => name.length <= 63 && new RegExp(schema.pattern, 'u').test(name)
  for (const name of ['a', 'A-b-9', '-a', 'a-', 'a b', 'a\n', '', 'x'.repeat(63), 'x'.repeat(64)]) {
    const answer = await api.post(`/v2/request-queues?name=${encodeURIComponent(name)}`)
    assert.equal(answer.status, isAllowed(name) ? 201 : 400, JSON.stringify(name))
    if (!isAllowed(name)) {
      assertFailure(answer, 400, 'invalid-input', /: the name of a request queue has 1 to 63 characters/)
    }
  }
})

httpTest('/openapi.json has the parameters that the official description has', async (api) => {
  const official = await officialDescription()
  if (official === null) return
  const { body: ours } = await api.get('/openapi.json')
  for (const [path, methods] of Object.entries<Record<string, Operation>>(official.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const names = ({ parameters = [] }: Operation) =>
        parameters.map((each) => `${each.in} ${each.name}`).sort()
      // We take any body that is JSON, whatever its header says, and no body as none.
      const wanted = names(operation).filter((name) => name !== 'header Content-Type')
      // Parameters of our own come on top; docs/api.md marks them.
      const ofOurOwn = path.endsWith('/head/lock') ? ['query waitSecs'] : []
      assert.deepEqual(names(ours.paths[path][method]), [...wanted, ...ofOurOwn], `${method} ${path}`)
    }
  }
})

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}

/** The file exists only where this project is developed, next to the repository. */
async function officialDescription(): Promise<{ paths: Record<string, Record<string, Operation>> } | null> {
  const file = new URL('../../../shared/reference/request-queues.openapi.json', import.meta.url)
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

httpTest('/docs shows every operation on one page that needs nothing from outside', async (api) => {
  const answer = await api.get('/docs')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  for (const [id, call] of Object.entries(operations)) {
    const [method, path] = call.split(' ')
    const section = new RegExp(`<section id="${id}">[^]*?</section>`).exec(answer.text)?.[0] ?? ''
    assert.match(section, new RegExp(`>${method}</b> <code>${path!.replace(/[{}]/g, '\\$&')}</code>`), id)
    assert.match(section, new RegExp(`curl -X ${method} &#39;${api.server.url}/`))
    const open = ['health_get', 'ready_get', 'session_post', 'session_delete'].includes(id)
    assert.equal(section.includes('-H &quot;Authorization: Bearer $APIFY_TOKEN&quot;'), !open, id)
  }
  assert.match(answer.text, /<th><code>\[\]\.uniqueKey<\/code>/)
  assert.match(answer.text, /data\.items\[\]\.lockExpiresAt/)
  assert.doesNotMatch(answer.text, /<script|<link|<img|@import|url\(|src=|href="(?!#|openapi\.json")/)
  assert.match(answer.headers.get('content-security-policy')!, /default-src 'none'/)
  assert.doesNotMatch(answer.text, /HEADLOCK_TOKEN/)
})

httpTest('/docs leads to the same as OpenAPI, and holds no token', async (api) => {
  for (const [path, href] of [
    ['/docs', 'openapi.json'],
    ['/docs/', '../openapi.json'],
    ['/docs/?a=b/', '../openapi.json'],
  ]) {
    const { text } = await api.get(path!)
    assert.equal(/<a href="([^"#]+)"/.exec(text)?.[1], href)
    assert.equal(new URL(href!, api.server.url + path).pathname, '/openapi.json')
    assert.ok(!text.includes(api.server.token))
  }
})

httpTest('/docs does not take a Host header for HTML', async (api) => {
  const { url, token } = api.server
  const headers = { host: '"><b>x', authorization: `Bearer ${token}` }
  const [answer] = (await once(get(`${url}/docs`, { headers, agent: false }), 'response')) as [
    IncomingMessage,
  ]
  assert.equal(answer.statusCode, 200)
  assert.doesNotMatch(await text(answer), /<b>x/)
})
