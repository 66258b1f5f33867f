/** What pages of other sites may do with policies. */
import assert from 'node:assert/strict'
import { assertFailure, httpTest } from '../../harness/http/caller.ts'

const path = '/headlock/v1/queues/~crawl/policy'
const origin = 'https://editor.example'

httpTest(
  'a page of an allowed site may change a policy and name its version',
  async (api) => {
    await api.post('/v2/request-queues?name=crawl')
    const preflight = await api.call('OPTIONS', path, undefined, {
      token: null,
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-type,if-match',
      },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin)
    assert.match(preflight.headers.get('access-control-allow-methods')!, /PUT, DELETE/)
    assert.match(preflight.headers.get('access-control-allow-headers')!, /\bif-match\b/)
    const answer = await api.put(path, {}, { headers: { origin, 'if-match': '7' } })
    assertFailure(answer, 412, 'precondition-failed')
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
  },
  { browsers: { corsOrigins: [origin] } },
)

httpTest('a page of another site may not change a policy', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  const headers = { origin, 'sec-fetch-site': 'cross-site' }
  assertFailure(await api.put(path, {}, { headers }), 403, 'permission-denied', /A page of another site/)
})
